import { mkdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { startApiServer, type ApiServer } from './api-server.ts'
import { createClusterCli, type ClusterCli } from './cluster-cli.ts'
import { createContainerSurroundings } from './container-surroundings.ts'
import { canaryWeight, type TrafficView } from './ingress-traffic.ts'
import { createProcessTable, type ProcessTable } from './process-table.ts'
import { createPrometheusServer, type PrometheusServer } from './prometheus-server.ts'
import { mirrorResources } from './resource-mirror.ts'
import { pathOf, PATHS, type Ingress, type Service } from './resources.ts'
import { createRolloutsController, type RolloutsController } from './rollouts-controller.ts'
import { createServiceProxy, type ServiceView } from './service-proxy.ts'
import { buildControllerConfig, type Manifest, type Packaging } from './user-manifests.ts'
import { startWorkloadController } from './workload-controller.ts'

/** What all scenarios share. */
export interface World {
  readonly folder: string
  readonly processes: ProcessTable
  readonly api: ApiServer
  readonly argo: ClusterCli
  readonly kubectl: ClusterCli
  readonly view: TrafficView
  /** Weights that the controller has written into the canary Ingress of a namespace, in order. */
  canaryWeights(namespace: string): readonly number[]
  readonly controller: RolloutsController
  readonly prometheus: PrometheusServer
  apply(manifests: readonly Manifest[]): Promise<void>
  createNamespace(name: string): Promise<void>
  /** Registers one more Prometheus for the pods of a namespace. */
  addPrometheus(namespace: string): Promise<PrometheusServer>
  /** Starts one more controller, which acts only on objects of its instance and has the plugin as one file. */
  addController(instanceId: string): Promise<RolloutsController>
  close(): Promise<void>
}

/** Where everything begins; nothing of it is needed afterwards but what the world holds. */
export interface WorldSettings {
  /** Empty folder; the caller removes it. */
  readonly folder: string
  /** Folder that build.sh printed. */
  readonly programs: string
  /** What `make plugin-bundle` has made. */
  readonly pluginFolder: string
  readonly say: (text: string) => void
  /** Uniform in [0, 1). */
  readonly random: () => number
}

export async function createWorld({ folder, programs, pluginFolder, say, random }: WorldSettings): Promise<World> {
  const processes = createProcessTable(join(folder, 'logs'))
  try {
    return await build()
  } catch (error) {
    processes.killAll()
    throw error
  }

  async function build(): Promise<World> {
    const started = performance.now()
    const shared = await createPrometheusServer(processes, 'prometheus', join(folder, 'prometheus'))
    const [api] = await Promise.all([startApiServer(processes, programs, join(folder, 'api')), shared.start()])
    const { client } = api
    const extra = new Map<string, PrometheusServer>()
    const showTargets = (namespace: string) => {
      const pods = workloads.readyPods(namespace)
      shared.setTargets(namespace, pods)
      extra.get(namespace)?.setTargets(namespace, pods)
    }
    const reachable: ServiceView = {
      services: await mirrorResources<Service>(client, '/api/v1/services'),
      readyPods: (namespace) => workloads.readyPods(namespace),
    }
    const addressOf = createServiceProxy(reachable, random)
    const surroundings = createContainerSurroundings(client, join(folder, 'mounts'), addressOf)
    const workloads = await startWorkloadController(client, processes, surroundings, showTargets, ({ message }) => {
      say(message)
    })
    const weights = new Map<string, number[]>()
    const recordWeight = (ingress: Ingress) => {
      const weight = canaryWeight(ingress)
      const seen = weights.get(ingress.metadata.namespace) ?? []
      weights.set(ingress.metadata.namespace, seen)
      if (weight !== undefined && weight !== seen.at(-1)) seen.push(weight)
    }
    const view: TrafficView = {
      ...reachable,
      ingresses: await mirrorResources<Ingress>(client, '/apis/networking.k8s.io/v1/ingresses', recordWeight),
    }

    const createNamespace = (name: string) =>
      client.apply(`${PATHS.namespaces}/${name}`, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    const apply = async (manifests: readonly Manifest[]) => {
      for (const manifest of manifests) await client.apply(pathOf(manifest), manifest)
    }
    const controllers = join(folder, 'controllers')
    mkdirSync(controllers)
    const addController = async (namespace: string, instanceId: string, packaging: Packaging) => {
      await createNamespace(namespace)
      await apply([buildControllerConfig(namespace, pluginFolder, packaging)])
      const controller = createRolloutsController(processes, {
        name: namespace,
        program: join(programs, 'bin/rollouts-controller'),
        kubeconfig: api.controllerKubeconfig,
        namespace,
        instanceId,
        folder: controllers,
        env: {
          // The one file's first line asks for the `node` of the PATH; the bundle does not.
          PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
          // In a pod, controller and plugin have the service account's files; here they have this one.
          KUBECONFIG: api.controllerKubeconfig,
        },
      })
      await controller.start()
      return controller
    }
    const controller = await addController('argo-rollouts', '', 'bundle')
    say(`etcd, API server, Prometheus and Rollouts controller run after ${seconds(started)} s`)

    return {
      folder,
      processes,
      api,
      argo: createClusterCli(join(programs, 'bin/kubectl-argo-rollouts'), ['--kubeconfig', api.adminKubeconfig]),
      kubectl: createClusterCli(join(programs, 'bin/kubectl'), [
        ...['--kubeconfig', api.adminKubeconfig, '--cache-dir', join(folder, 'kubectl-cache')],
      ]),
      view,
      canaryWeights: (namespace) => weights.get(namespace) ?? [],
      controller,
      prometheus: shared,
      apply,
      createNamespace,
      addController: (instanceId) => addController(`argo-rollouts-${instanceId}`, instanceId, 'one-file'),
      async addPrometheus(namespace) {
        const server = await createPrometheusServer(
          processes,
          `prometheus-${namespace}`,
          join(folder, `prometheus-${namespace}`),
        )
        extra.set(namespace, server)
        server.setTargets(namespace, workloads.readyPods(namespace))
        await server.start()
        return server
      },
      async close() {
        // First, so that every plugin ends with its controller.
        processes.killAll()
        await client.close()
      },
    }
  }
}

function seconds(started: number): string {
  return ((performance.now() - started) / 1000).toFixed(1)
}
