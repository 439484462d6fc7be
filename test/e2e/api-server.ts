import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { freePorts } from './free-port.ts'
import { createKubeClient, KubeError, type KubeClient } from './kube-client.ts'
import { answers, until } from './poll.ts'
import type { ProcessTable } from './process-table.ts'

/** A Kubernetes API without nodes: etcd and kube-apiserver, with Argo Rollouts' definitions and role. */
export interface ApiServer {
  readonly client: KubeClient
  /** For people: may do everything. */
  readonly adminKubeconfig: string
  /** For the controller: has the stock role of Argo Rollouts and nothing else. */
  readonly controllerKubeconfig: string
}

const START_TIMEOUT_MS = 60_000

/**
 * @param programs folder that build.sh printed
 * @param folder empty folder for data and keys
 */
export async function startApiServer(processes: ProcessTable, programs: string, folder: string): Promise<ApiServer> {
  mkdirSync(folder, { recursive: true })
  const [clientPort, peerPort, securePort] = (await freePorts(3)) as [number, number, number]
  const etcd = `http://127.0.0.1:${clientPort}`
  const peer = `http://127.0.0.1:${peerPort}`
  const data = join(folder, 'etcd')
  processes.start('etcd', join(programs, 'bin/etcd'), [
    ...['--data-dir', data, '--listen-client-urls', etcd, '--advertise-client-urls', etcd],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
    ...['--unsafe-no-fsync', '--log-level', 'warn'],
  ])
  await until('a healthy etcd', () => answers(`${etcd}/health`), { timeoutMs: START_TIMEOUT_MS })

  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const [adminToken, controllerToken] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')]
  const file = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  processes.start('kube-apiserver', join(programs, 'bin/kube-apiserver'), [
    `--etcd-servers=${etcd}`,
    ...['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1', `--secure-port=${securePort}`],
    `--cert-dir=${join(folder, 'certs')}`,
    // Nothing reads the kubernetes Endpoints here, and a loopback address in them is refused.
    '--endpoint-reconciler-type=none',
    ...['--service-cluster-ip-range=10.96.0.0/16', '--service-account-issuer=https://kubernetes.default.svc'],
    `--service-account-key-file=${file('sa.pub', publicKey)}`,
    `--service-account-signing-key-file=${file('sa.key', privateKey)}`,
    '--authorization-mode=RBAC',
    `--token-auth-file=${file('tokens.csv', `${adminToken},admin,1,"system:masters"\n${controllerToken},argo-rollouts,2\n`)}`,
    // No controller makes the `default` service accounts.
    '--disable-admission-plugins=ServiceAccount',
    ...['--enable-priority-and-fairness=false', '--profiling=false'],
  ])
  const server = `https://127.0.0.1:${securePort}`
  const caPath = join(folder, 'certs/apiserver.crt')
  await until('a ready API server', () => isReady(server, caPath, adminToken), { timeoutMs: START_TIMEOUT_MS })

  const client = createKubeClient({ server, caPath, token: adminToken })
  const kubeconfig = (token: string) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'e2e',
      contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'e2e' } }],
      clusters: [{ name: 'e2e', cluster: { server, 'certificate-authority': caPath } }],
      users: [{ name: 'e2e', user: { token } }],
    })
  await installArgoRollouts(client, join(programs, 'manifests'))
  return {
    client,
    adminKubeconfig: file('admin.kubeconfig', kubeconfig(adminToken)),
    controllerKubeconfig: file('controller.kubeconfig', kubeconfig(controllerToken)),
  }
}

async function isReady(server: string, caPath: string, token: string): Promise<true | undefined> {
  let dispatcher: Agent | undefined
  try {
    // The server writes its certificate itself, some time after it started.
    dispatcher = new Agent({ connect: { ca: readFileSync(caPath) } })
    const { statusCode, body } = await request(`${server}/readyz`, {
      dispatcher,
      headers: { authorization: `Bearer ${token}` },
    })
    await body.dump()
    return statusCode === 200 ? true : undefined
  } catch {
    return undefined
  } finally {
    await dispatcher?.close()
  }
}

async function installArgoRollouts(client: KubeClient, manifests: string): Promise<void> {
  const yaml = (name: string) => readFileSync(join(manifests, name), 'utf8')
  for (const name of readdirSync(manifests).filter((file) => file.endsWith('-crd.yaml'))) {
    await client.post(
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      yaml(name).replace(/^---\n/, ''),
      'application/yaml',
    )
  }
  const roles = '/apis/rbac.authorization.k8s.io/v1'
  await client.post(`${roles}/clusterroles`, yaml('argo-rollouts-clusterrole.yaml'), 'application/yaml')
  await client.apply(`${roles}/clusterrolebindings/argo-rollouts`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'argo-rollouts' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'argo-rollouts' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'argo-rollouts' }],
  })
  await until('the definitions of Argo Rollouts served', () => isServed(client), { timeoutMs: START_TIMEOUT_MS })
}

async function isServed(client: KubeClient): Promise<true | undefined> {
  try {
    await client.get('/apis/argoproj.io/v1alpha1/rollouts')
    await client.get('/apis/argoproj.io/v1alpha1/analysisruns')
    return true
  } catch (error) {
    if (error instanceof KubeError && error.statusCode === 404) return undefined
    throw error
  }
}
