import type { KubeClient } from './kube-client.ts'
import type { Metadata } from './resources.ts'

/** A local copy of one collection, kept current by a watch. */
export interface ResourceMirror<T> {
  /** Objects of a namespace. */
  in(namespace: string): readonly T[]
  find(namespace: string, name: string): T | undefined
}

/** @param onChange called with every version of every object, in order */
export async function mirrorResources<T extends { readonly metadata: Metadata }>(
  client: KubeClient,
  path: string,
  onChange: (object: T) => void = () => undefined,
): Promise<ResourceMirror<T>> {
  const byNamespace = new Map<string, Map<string, T>>()
  await client.follow<T>(path, ({ type, object }) => {
    const { namespace, name } = object.metadata
    const objects = byNamespace.get(namespace) ?? new Map<string, T>()
    byNamespace.set(namespace, objects)
    if (type === 'DELETED') objects.delete(name)
    else objects.set(name, object)
    onChange(object)
  })
  return {
    in: (namespace) => [...(byNamespace.get(namespace)?.values() ?? [])],
    find: (namespace, name) => byNamespace.get(namespace)?.get(name),
  }
}
