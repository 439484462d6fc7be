import { readFileSync } from 'node:fs'
import { Agent, request } from 'undici'

/** Where an API server is and who asks. */
export interface KubeAccess {
  /** For example `https://127.0.0.1:6443`. */
  readonly server: string
  readonly caPath: string
  readonly token: string
}

/** One event of a watch. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: T
}

/** A Kubernetes answer that was not 2xx. */
export class KubeError extends Error {
  override readonly name = 'KubeError'
  readonly statusCode: number

  constructor(method: string, path: string, statusCode: number, text: string) {
    super(`Cannot ${method} ${path}: the API server answered ${statusCode}, received ${text.slice(0, 500)}`)
    this.statusCode = statusCode
  }
}

/** The few calls of the Kubernetes API that the suite makes. */
export interface KubeClient {
  get<T>(path: string): Promise<T>
  post(path: string, body: string, contentType: string): Promise<void>
  /** Server-side apply, forced. */
  apply(path: string, object: unknown): Promise<void>
  mergePatch(path: string, patch: unknown): Promise<void>
  delete(path: string): Promise<void>
  /** Lists, then watches, and begins again whenever the watch ends. Returns once the list is told. */
  follow<T>(path: string, onEvent: (event: WatchEvent<T>) => void): Promise<void>
  close(): Promise<void>
}

interface List<T> {
  readonly metadata: { readonly resourceVersion: string }
  readonly items: readonly T[]
}

export function createKubeClient({ server, caPath, token }: KubeAccess): KubeClient {
  // Watches stay open for minutes without a byte.
  const dispatcher = new Agent({ connect: { ca: readFileSync(caPath) }, bodyTimeout: 0, connections: 16 })
  const stopped = new AbortController()

  async function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: string, contentType?: string) {
    const answer = await request(server + path, {
      method,
      dispatcher,
      signal: stopped.signal,
      headers: { authorization: `Bearer ${token}`, ...(contentType !== undefined && { 'content-type': contentType }) },
      ...(body !== undefined && { body }),
    })
    if (answer.statusCode < 300) return answer.body
    throw new KubeError(method, path, answer.statusCode, await answer.body.text())
  }

  async function send(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: string, contentType?: string) {
    const answer = await call(method, path, body, contentType)
    await answer.dump()
  }

  async function followOnce<T>(path: string, onEvent: (event: WatchEvent<T>) => void, onListed: () => void) {
    const list = (await (await call('GET', path)).json()) as List<T>
    for (const object of list.items) onEvent({ type: 'ADDED', object })
    onListed()
    const stream = await call('GET', `${path}?watch=1&resourceVersion=${list.metadata.resourceVersion}`)
    let rest = ''
    stream.setEncoding('utf8')
    for await (const chunk of stream as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const event = JSON.parse(line) as WatchEvent<T> | { readonly type: 'ERROR' }
        // Most often 410: the version is too old. Listing again is the cure for every case.
        if (event.type === 'ERROR') return
        onEvent(event)
      }
    }
  }

  return {
    async get<T>(path: string) {
      return (await (await call('GET', path)).json()) as T
    },
    post: (path, body, contentType) => send('POST', path, body, contentType),
    apply: (path, object) =>
      send('PATCH', `${path}?fieldManager=e2e&force=true`, JSON.stringify(object), 'application/apply-patch+yaml'),
    mergePatch: (path, patch) => send('PATCH', path, JSON.stringify(patch), 'application/merge-patch+json'),
    delete: (path) => send('DELETE', path),
    follow<T>(path: string, onEvent: (event: WatchEvent<T>) => void) {
      return new Promise<void>((resolve, reject) => {
        void (async () => {
          while (!stopped.signal.aborted) {
            try {
              await followOnce(path, onEvent, resolve)
            } catch (error) {
              // The first list must work; afterwards an ended watch is begun again.
              reject(error instanceof Error ? error : new Error(String(error)))
              await new Promise((next) => setTimeout(next, 200))
            }
          }
        })()
      })
    },
    async close() {
      stopped.abort()
      await dispatcher.destroy()
    },
  }
}
