import { clip, showValue, type Fault } from '#faults'
import { describeSpec, type TensorSpec } from '#runtime'

/** What tolerances are held against. */
export interface TolerableOutputs {
  /** Outputs that may be named; of several models, one name may stand for several. */
  readonly outputs: readonly TensorSpec[]
  /** Whose outputs they are, for people: `stable`. */
  readonly owner: string
  /** Where the tolerances stand, in front of the name: `signals.shadow.tolerances.`. */
  readonly prefix: string
}

/**
 * Faults of tolerances for outputs that are not there, or that hold no numbers: they would be ignored in silence, and answers
 * compared by other rules than the policy's.
 *
 * @param names of the outputs that have a tolerance
 */
export function toleranceFaults(names: Iterable<string>, { outputs, owner, prefix }: TolerableOutputs): Fault[] {
  const known = [...new Set(outputs.map(({ name }) => name))].join(', ')
  return [...names].flatMap((name) => {
    const path = `${prefix}${clip(name)}`
    const specs = outputs.filter((output) => output.name === name)
    const [spec] = specs
    if (spec === undefined) {
      return [{ path, text: `expected an output of ${owner} (${known}), received ${showValue(name)}` }]
    }
    if (specs.some(({ type }) => type !== 'string' && type !== 'bool')) return []
    return [{ path, text: `expected an output of numbers, received ${describeSpec(spec)}` }]
  })
}
