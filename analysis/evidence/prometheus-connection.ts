import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { type Fault, InputError } from '#faults'
import type { PrometheusSettings } from './policy.ts'

/** How one Prometheus is reached, files read. */
export interface PrometheusConnection {
  readonly address: string
  readonly timeoutMs: number
  readonly httpAgent: HttpAgent
  readonly httpsAgent: HttpsAgent
  /** Headers of one request. Passwords and tokens are read anew each time, because Kubernetes renews them in place. */
  headers(): Promise<Readonly<Record<string, string>>>
  /** Closes idle connections. */
  close(): void
}

/** Reads a small text file, such as a token or a certificate. */
export type ReadTextFile = (path: string) => Promise<string>

/**
 * Reads the certificates and checks that the secrets are there.
 *
 * @throws {InputError} naming every file that cannot be read
 */
export async function connectPrometheus(
  settings: PrometheusSettings,
  readFile: ReadTextFile,
): Promise<PrometheusConnection> {
  const { address, timeout: timeoutMs, tls, basicAuth, bearerTokenFile } = settings
  const files = {
    'prometheus.tls.caFile': tls?.caFile,
    'prometheus.tls.certFile': tls?.certFile,
    'prometheus.tls.keyFile': tls?.keyFile,
    'prometheus.basicAuth.passwordFile': basicAuth?.passwordFile,
    'prometheus.bearerTokenFile': bearerTokenFile,
  }
  const texts = await readAll(files, readFile)
  const httpAgent = new HttpAgent({ keepAlive: true })
  const httpsAgent = new HttpsAgent({
    keepAlive: true,
    ...orNothing('ca', texts['prometheus.tls.caFile']),
    ...orNothing('cert', texts['prometheus.tls.certFile']),
    ...orNothing('key', texts['prometheus.tls.keyFile']),
    rejectUnauthorized: tls?.insecureSkipVerify !== true,
  })

  return {
    address: address.replace(/\/+$/, ''),
    timeoutMs,
    httpAgent,
    httpsAgent,
    headers: async () => ({ ...settings.headers, ...(await authorization()) }),
    close: () => {
      httpAgent.destroy()
      httpsAgent.destroy()
    },
  }

  async function authorization(): Promise<Record<string, string>> {
    if (bearerTokenFile !== undefined) return { authorization: `Bearer ${(await readFile(bearerTokenFile)).trim()}` }
    if (basicAuth === undefined) return {}
    const password = (await readFile(basicAuth.passwordFile)).replace(/\r?\n$/, '')
    return { authorization: `Basic ${Buffer.from(`${basicAuth.username}:${password}`).toString('base64')}` }
  }
}

async function readAll<K extends string>(
  files: Readonly<Record<K, string | undefined>>,
  readFile: ReadTextFile,
): Promise<Partial<Record<K, string>>> {
  const faults: Fault[] = []
  const texts: Partial<Record<K, string>> = {}
  for (const [key, path] of Object.entries(files) as [K, string | undefined][]) {
    if (path === undefined) continue
    try {
      texts[key] = await readFile(path)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      faults.push({ path: key, text: `expected a file that can be read, received ${JSON.stringify(path)}: ${reason}` })
    }
  }
  if (faults.length > 0) throw new InputError('the connection to Prometheus', faults)
  return texts
}

function orNothing<K extends string>(key: K, text: string | undefined): Partial<Record<K, string>> {
  return text === undefined ? {} : ({ [key]: text } as Record<K, string>)
}
