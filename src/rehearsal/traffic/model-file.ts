import { basename } from 'node:path'
import { describeSignature, loadModel, signatureDifferences, type Signature } from '#runtime'
import type { Fault } from '#faults'
import { podTemplateHash } from './pod-template-hash.ts'

/** What is known of a model before it serves. */
export interface ModelFile {
  readonly path: string
  /** File name without its folder. */
  readonly name: string
  readonly podTemplateHash: string
  readonly signature: Signature
}

/** @throws {InputError} where the file cannot be read or is no model that can be served */
export async function readModelFile(path: string): Promise<ModelFile> {
  const model = await loadModel(path)
  await model.release()
  return { path, name: basename(path), podTemplateHash: podTemplateHash(model.digest), signature: model.signature }
}

/** What keeps a candidate from taking stable's requests, with both signatures. */
export function signatureFaults(stable: ModelFile, candidate: ModelFile): Fault[] {
  const differences = signatureDifferences(stable.signature, candidate.signature)
  if (differences.length === 0) return []
  return [
    { path: 'stable takes and gives', text: describeSignature(stable.signature) },
    { path: 'candidate takes and gives', text: describeSignature(candidate.signature) },
    ...differences.map((text) => ({ path: '', text })),
  ]
}
