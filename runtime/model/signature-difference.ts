import { describeSpec, type Signature, type TensorSpec } from './signature.ts'

/**
 * What keeps a candidate from answering stable's requests, one clause each; empty when nothing does.
 *
 * Inputs must agree in name, element type and fixed sizes; a dimension that varies on one side only is no difference as
 * long as the candidate's is the one that varies. Of the outputs the candidate must have all of stable's.
 */
export function signatureDifferences(stable: Signature, candidate: Signature): string[] {
  return [
    ...missing('input', stable.inputs, candidate.inputs, 'candidate'),
    ...missing('input', candidate.inputs, stable.inputs, 'stable'),
    ...different('input', stable.inputs, candidate.inputs),
    ...missing('output', stable.outputs, candidate.outputs, 'candidate'),
    ...different('output', stable.outputs, candidate.outputs),
  ]
}

function missing(
  kind: string,
  wanted: readonly TensorSpec[],
  present: readonly TensorSpec[],
  where: 'candidate' | 'stable',
): string[] {
  const names = new Set(present.map(({ name }) => name))
  return wanted
    .filter(({ name }) => !names.has(name))
    .map((spec) => `${kind} '${spec.name}' (${describeSpec(spec)}) is missing in ${where}`)
}

function different(kind: string, stable: readonly TensorSpec[], candidate: readonly TensorSpec[]): string[] {
  const candidates = new Map(candidate.map((spec) => [spec.name, spec]))
  return stable.flatMap((spec) => {
    const other = candidates.get(spec.name)
    if (other === undefined || fits(spec, other)) return []
    return [`${kind} '${spec.name}' is ${describeSpec(other)} in candidate, ${describeSpec(spec)} in stable`]
  })
}

function fits(stable: TensorSpec, candidate: TensorSpec): boolean {
  if (stable.type !== candidate.type) return false
  if (stable.shape.length === 0 || candidate.shape.length === 0) return true
  if (stable.shape.length !== candidate.shape.length) return false
  return candidate.shape.every((dim, i) => typeof dim === 'string' || dim === stable.shape[i])
}
