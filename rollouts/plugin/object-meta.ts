import { boolField, dateField, numberField, structsField, textField, textMapField } from './argument-reader.ts'
import type { GobStruct } from './gob-value.ts'

/** The parts of metav1.ObjectMeta that a plugin has use for. */
export interface ObjectMeta {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation: number
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly creationTimestamp: Date | undefined
  readonly ownerReferences: readonly OwnerReference[]
}

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller: boolean
}

export function viewObjectMeta(meta: GobStruct): ObjectMeta {
  return {
    name: textField(meta, 'Name'),
    namespace: textField(meta, 'Namespace'),
    uid: textField(meta, 'UID'),
    resourceVersion: textField(meta, 'ResourceVersion'),
    generation: numberField(meta, 'Generation'),
    labels: textMapField(meta, 'Labels'),
    annotations: textMapField(meta, 'Annotations'),
    creationTimestamp: dateField(meta, 'CreationTimestamp'),
    ownerReferences: structsField(meta, 'OwnerReferences').map((reference) => ({
      apiVersion: textField(reference, 'APIVersion'),
      kind: textField(reference, 'Kind'),
      name: textField(reference, 'Name'),
      uid: textField(reference, 'UID'),
      controller: boolField(reference, 'Controller'),
    })),
  }
}
