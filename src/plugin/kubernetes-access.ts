import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { InputError, parseInput } from '#faults'
import type { ReadApi } from '#metrics'
import { parse } from 'yaml'
import { z } from 'zod'

/** Where Kubernetes puts a pod's credentials. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'
/** A Rollout or a list of runs is some tens of kilobytes; a megabyte is the most that etcd stores of one object. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** How the API server is reached. The token is read anew for each request, because Kubernetes renews it in place. */
interface Access {
  readonly server: string
  readonly agent: Agent
  readonly authorization: () => Promise<string | undefined>
}

/**
 * Reads the Kubernetes API as the controller that started the plugin may: by its service account in the pod, or by the
 * file that KUBECONFIG names. A full client would cost more memory and time to start than the rest of the plugin.
 */
export function kubernetesApi(env: Readonly<Record<string, string | undefined>>): ReadApi {
  let opening: Promise<Access> | undefined
  return async (path, signal) => {
    opening ??= openAccess(env)
    const access = await opening.catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return get(access, path, signal)
  }
}

async function openAccess(env: Readonly<Record<string, string | undefined>>): Promise<Access> {
  const { KUBECONFIG: file, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env
  if (file !== undefined && file !== '') return kubeconfigAccess(file)
  if (host === undefined) {
    throw new InputError('the Kubernetes API', [
      { path: '', text: 'expected to run in a pod, or KUBECONFIG in the environment, received neither' },
    ])
  }
  const ca = await readFile(join(SERVICE_ACCOUNT, 'ca.crt'), 'utf8')
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    agent: new Agent({ keepAlive: true, ca }),
    authorization: async () => `Bearer ${(await readFile(join(SERVICE_ACCOUNT, 'token'), 'utf8')).trim()}`,
  }
}

const base64 = z.string().transform((text) => Buffer.from(text, 'base64').toString('utf8'))

const kubeconfigSchema = z.object({
  'current-context': z.string(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) })),
  clusters: z.array(
    z.object({
      name: z.string(),
      cluster: z.object({
        server: z.url({ protocol: /^https$/, error: 'expected an https address' }),
        'certificate-authority': z.string().optional(),
        'certificate-authority-data': base64.optional(),
        'insecure-skip-tls-verify': z.boolean().optional(),
      }),
    }),
  ),
  users: z.array(
    z.object({
      name: z.string(),
      user: z.object({
        token: z.string().optional(),
        tokenFile: z.string().optional(),
        'client-certificate': z.string().optional(),
        'client-certificate-data': base64.optional(),
        'client-key': z.string().optional(),
        'client-key-data': base64.optional(),
      }),
    }),
  ),
})

async function kubeconfigAccess(file: string): Promise<Access> {
  const subject = `kubeconfig "${file}"`
  const config = parseInput(kubeconfigSchema, parse(await readFile(file, 'utf8')), subject)
  const context = named(config.contexts, config['current-context'], subject, 'current-context').context
  const { cluster } = named(config.clusters, context.cluster, subject, 'clusters')
  const { user } = named(config.users, context.user, subject, 'users')
  const ca = cluster['certificate-authority-data'] ?? (await readIf(cluster['certificate-authority']))
  const cert = user['client-certificate-data'] ?? (await readIf(user['client-certificate']))
  const key = user['client-key-data'] ?? (await readIf(user['client-key']))
  return {
    server: cluster.server.replace(/\/+$/, ''),
    agent: new Agent({
      keepAlive: true,
      rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    }),
    authorization: async () => {
      const token = user.token ?? (await readIf(user.tokenFile))?.trim()
      return token === undefined ? undefined : `Bearer ${token}`
    },
  }
}

function named<T extends { name: string }>(list: readonly T[], name: string, subject: string, path: string): T {
  const found = list.find((entry) => entry.name === name)
  if (found !== undefined) return found
  throw new InputError(subject, [{ path, text: `expected an entry named "${name}", received none` }])
}

async function readIf(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : readFile(path, 'utf8')
}

/** One GET. A refusal names what is missing; its body is not repeated, it may be long. */
async function get({ server, agent, authorization }: Access, path: string, signal: AbortSignal): Promise<unknown> {
  const token = await authorization()
  const headers = { accept: 'application/json', ...(token === undefined ? {} : { authorization: token }) }
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const asked = request(`${server}${path}`, { agent, headers, signal }, (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > MAX_ANSWER_BYTES) asked.destroy(new Error(`the answer is above ${MAX_ANSWER_BYTES} bytes`))
        else chunks.push(chunk)
      })
      response.on('error', reject)
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') })
      })
    })
    asked.on('error', reject)
    asked.end()
  })
  const resource = path.split('?')[0] ?? path
  if (status === 200) return JSON.parse(text)
  if (status === 403) throw new Error(`the controller's service account may not get ${resource}`)
  throw new Error(`HTTP ${status} for ${resource}`)
}
