import { KubeError, type KubeClient, type WatchEvent } from './kube-client.ts'
import type { ContainerSurroundings } from './container-surroundings.ts'
import { startModelPod, type ModelPod } from './model-pod.ts'
import type { ProcessTable } from './process-table.ts'
import { PATHS, type ReplicaSet } from './resources.ts'

/** Plays the ReplicaSet controller and the kubelet: real model servers for pods, and their number as the status. */
export interface WorkloadController {
  /** Pods that are ready. */
  readyPods(namespace: string): readonly ModelPod[]
}

/**
 * @param surroundings what the pods' containers find around them
 * @param onPods called after the pods of a namespace have changed
 * @param onFault called when a pod cannot serve; it then stays, not ready
 */
export async function startWorkloadController(
  client: KubeClient,
  processes: ProcessTable,
  surroundings: ContainerSurroundings,
  onPods: (namespace: string) => void,
  onFault: (error: Error) => void,
): Promise<WorkloadController> {
  const podsOf = new Map<string, ModelPod[]>()
  const latest = new Map<string, ReplicaSet>()
  let podCount = 0

  function reconcile(uid: string, { type, object }: WatchEvent<ReplicaSet>): void {
    const { name, namespace, labels } = object.metadata
    const pods = podsOf.get(uid) ?? []
    podsOf.set(uid, pods)
    if (type === 'DELETED') latest.delete(uid)
    else latest.set(uid, object)
    const wanted = type === 'DELETED' ? 0 : (object.spec.replicas ?? 1)

    while (pods.length > wanted) {
      void pods.pop()?.stop()
      onPods(namespace)
    }
    while (pods.length < wanted) {
      const pod = startModelPod(
        processes,
        {
          name: `${name}-${String(++podCount).padStart(5, '0')}`,
          namespace,
          podTemplateHash: labels?.['rollouts-pod-template-hash'] ?? '',
        },
        object.spec.template,
        surroundings,
      )
      pods.push(pod)
      pod.ready.then(() => {
        onPods(namespace)
        return report(uid)
      }, onFault)
    }
    if (type !== 'DELETED') void report(uid)
  }

  /** Writes the status; the next event repeats what a conflict has refused. */
  async function report(uid: string): Promise<void> {
    const replicaSet = latest.get(uid)
    if (replicaSet === undefined) return
    const { namespace, name, generation } = replicaSet.metadata
    const replicas = podsOf.get(uid)?.length ?? 0
    const ready = podsOf.get(uid)?.filter((pod) => pod.address() !== undefined).length ?? 0
    const { status } = replicaSet
    if (
      status?.replicas === replicas &&
      (status.availableReplicas ?? 0) === ready &&
      status.observedGeneration === generation
    ) {
      return
    }
    try {
      await client.mergePatch(`${PATHS.replicaSets(namespace)}/${name}/status`, {
        status: {
          replicas,
          fullyLabeledReplicas: replicas,
          readyReplicas: ready,
          availableReplicas: ready,
          observedGeneration: generation,
        },
      })
    } catch (error) {
      if (!(error instanceof KubeError && (error.statusCode === 404 || error.statusCode === 409))) throw error
    }
  }

  await client.follow<ReplicaSet>('/apis/apps/v1/replicasets', (event) => {
    reconcile(event.object.metadata.uid, event)
  })
  return {
    readyPods: (namespace) =>
      [...podsOf.values()].flat().filter((pod) => pod.namespace === namespace && pod.address() !== undefined),
  }
}
