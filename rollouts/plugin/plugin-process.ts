/** A signal that a plugin has to know. */
export type PluginSignal = 'SIGINT' | 'SIGTERM'

/**
 * Everything a plugin takes from the process it runs in, so that the host can be tried without one. `nodePluginProcess`
 * makes it of Node's.
 */
export interface PluginProcess {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly pid: number
  /** The user that the process runs as; undefined where there is no such thing. */
  readonly uid: number | undefined
  /** Changes when the parent dies. */
  parentPid(): number
  isAlive(pid: number): boolean
  nowMs(): number
  /** Runs a function later; the result takes it back. Keeps the process alive no longer than the socket does. */
  schedule(delayMs: number, run: () => void): () => void
  /** Writes to the real standard output. */
  writeOut(text: string, onFailure: (error: Error) => void): void
  writeErr(text: string): void
  /** Sends everything that others write to standard output to `onWrite`: one stray line breaks the handshake. */
  takeOverStdout(onWrite: (text: string) => void): void
  onSignal(signal: PluginSignal, listener: () => void): void
  onUncaught(listener: (error: unknown) => void): void
  exit(code: number): void
}
