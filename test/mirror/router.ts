/** Where a router stands, and what may differ from what the documentation says. */
export interface RouterPlan {
  /** Port to listen on. */
  readonly port: number
  /** Host and port of the pod that answers users. */
  readonly stable: string
  /** Host and port of the pod that mirrored requests go to. */
  readonly comparator: string
  /** Whether to mirror every request, or the share that the documentation shows. */
  readonly share: 'all' | 'documented'
  /** Whether the router may wait for a mirrored request for as long as it likes, or as the documentation shows. */
  readonly timeouts: 'none' | 'documented'
}

/** A kind of router that mirrors. */
export interface Router {
  readonly title: string
  /** Path of its program; empty where this machine has none. */
  readonly binary: string
  /** Whether it takes a share of the requests itself. */
  readonly sharesItself: boolean
  /** Whether it keeps a client's connection until the mirrored request has ended. */
  readonly holdsConnections: boolean
  /** The most connections to the comparator that the documented settings allow. */
  readonly maxMirrorConnections: number
  /** Writes its configuration into a folder and returns the arguments to start it with. */
  configure(folder: string, plan: RouterPlan): readonly string[]
}
