import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { ModelPod } from './model-pod.ts'
import type { ResourceMirror } from './resource-mirror.ts'
import type { Service } from './resources.ts'

/** What finds the pods behind a Service. */
export interface ServiceView {
  readonly services: ResourceMirror<Service>
  readyPods(namespace: string): readonly ModelPod[]
}

/** Pods that are ready and that the Service selects; the controller tells them apart by their hash alone. */
export function podsOfService(view: ServiceView, namespace: string, service: string): readonly ModelPod[] {
  const hash = view.services.find(namespace, service)?.spec.selector?.['rollouts-pod-template-hash']
  return view.readyPods(namespace).filter(({ podTemplateHash }) => podTemplateHash === hash)
}

/**
 * What kube-proxy does: every new connection goes to one of the pods that the Service selects at that moment, and stays there.
 *
 * @param random uniform in [0, 1)
 * @returns finds the address of a Service, such as `127.0.0.1:40123`
 */
export function createServiceProxy(
  view: ServiceView,
  random: () => number,
): (namespace: string, service: string) => Promise<string> {
  const addresses = new Map<string, Promise<string>>()

  async function listen(namespace: string, service: string): Promise<string> {
    const server = createServer((client) => {
      const pods = podsOfService(view, namespace, service)
      const [host, port] = pods[Math.floor(random() * pods.length)]?.address()?.split(':') ?? []
      if (port === undefined) client.destroy()
      else join(client, connect({ host, port: Number(port) }))
    })
    server.unref().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return `127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  return (namespace, service) => {
    const key = `${namespace}/${service}`
    const address = addresses.get(key) ?? listen(namespace, service)
    addresses.set(key, address)
    return address
  }
}

/** Whatever ends one side ends the other. */
function join(client: Socket, pod: Socket): void {
  for (const [from, to] of [
    [client, pod],
    [pod, client],
  ] as const) {
    from.pipe(to)
    from.once('error', () => to.destroy())
    from.once('close', () => to.destroy())
  }
}
