import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KubeClient } from './kube-client.ts'
import type { PodNames } from './model-pod.ts'
import { PATHS, type ConfigMap, type EnvVar, type PodTemplate } from './resources.ts'

/**
 * What a kubelet and the cluster's DNS put around a container. There are no containers here, so what names them is told
 * otherwise: a path below a mount is one in a folder of the pod, and the address of a Service is one on this machine.
 */
export interface ContainerSurroundings {
  /** The environment that the template's first container gets. */
  environmentOf(names: PodNames, template: PodTemplate): Promise<Record<string, string>>
}

const LABEL_REFERENCE = /^metadata\.labels\['(?<label>[^']+)'\]$/
const SERVICE_URL = /^http:\/\/(?<service>[a-z][a-z0-9-]*)$/

/**
 * @param folder where the pods' mounts are written
 * @param addressOf finds where a Service of a namespace can be reached, such as `127.0.0.1:40123`
 */
export function createContainerSurroundings(
  client: KubeClient,
  folder: string,
  addressOf: (namespace: string, service: string) => Promise<string>,
): ContainerSurroundings {
  return {
    async environmentOf(names, { metadata, spec: { containers, volumes = [] } }) {
      const { env = [], volumeMounts = [] } = containers[0] ?? {}
      const root = join(folder, `${names.namespace}-${names.name}`)
      for (const { name, mountPath } of volumeMounts) {
        const configMap = volumes.find((volume) => volume.name === name)?.configMap?.name
        if (configMap === undefined) throw new Error(`Cannot mount '${name}': only ConfigMaps are known here`)
        await mount(names.namespace, configMap, join(root, mountPath))
      }
      const entries = env.map(async (variable): Promise<[string, string]> => {
        const value = valueOf(variable, metadata?.labels ?? {})
        const { service } = SERVICE_URL.exec(value)?.groups ?? {}
        if (service !== undefined) return [variable.name, `http://${await addressOf(names.namespace, service)}`]
        const isMounted = volumeMounts.some(({ mountPath }) => value.startsWith(`${mountPath}/`))
        return [variable.name, isMounted ? join(root, value) : value]
      })
      return Object.fromEntries(await Promise.all(entries))
    },
  }

  async function mount(namespace: string, configMap: string, path: string): Promise<void> {
    const { data = {} } = await client.get<ConfigMap>(`${PATHS.configMaps(namespace)}/${configMap}`)
    mkdirSync(path, { recursive: true })
    for (const [file, text] of Object.entries(data)) writeFileSync(join(path, file), text)
  }
}

function valueOf({ name, value, valueFrom }: EnvVar, labels: Readonly<Record<string, string>>): string {
  if (value !== undefined) return value
  const { label = '' } = LABEL_REFERENCE.exec(valueFrom?.fieldRef?.fieldPath ?? '')?.groups ?? {}
  const found = labels[label]
  if (found === undefined) throw new Error(`Cannot fill variable '${name}': only labels of the pod are known here`)
  return found
}
