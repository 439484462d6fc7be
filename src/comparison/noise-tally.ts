import {
  compareAnswers,
  difference,
  outputRoles,
  type NumericElement,
  type Tensor,
  type TensorSpec,
  type Tolerances,
} from '#runtime'
import type { Answer } from './answered-pair.ts'
import type { NoiseFloor } from './record.ts'

/** Gathers how far a model's answers to the same request lie apart. */
export interface NoiseTally {
  readonly pairs: number
  add(first: Answer, second: Answer): void
  /** Null where nothing was run twice. */
  summarize(): NoiseFloor | null
}

export function openNoiseTally(specs: readonly TensorSpec[], tolerances: Tolerances): NoiseTally {
  const roles = outputRoles(specs, tolerances)
  // A class's number is a name: how far two names lie apart means nothing.
  const numeric = specs.filter((_, i) => roles[i] !== 'label' && roles[i] !== 'list')
  const max = new Map(numeric.map(({ name }) => [name, 0]))
  let [pairs, disagreements] = [0, 0]

  function addAnswers(first: readonly Tensor[], second: readonly (Tensor | undefined)[]): void {
    const rows = compareAnswers(specs, first, second, tolerances)
    pairs += rows.length
    disagreements += rows.filter(({ disagrees }) => disagrees).length
    if (rows[0]?.kind === 'form') return
    for (const [i, { name }] of specs.entries()) {
      const known = max.get(name)
      if (known !== undefined) max.set(name, Math.max(known, largestGap(first[i]!, second[i]!)))
    }
  }

  return {
    get pairs() {
      return pairs
    },
    add(first, second) {
      if (first.kind === 'outputs' && second.kind === 'outputs') {
        addAnswers(first.outputs as readonly Tensor[], second.outputs)
      } else if (first.kind !== second.kind) {
        // A model that fails only sometimes disagrees with itself.
        pairs += 1
        disagreements += 1
      }
    },
    summarize: () => (pairs === 0 ? null : { pairs, disagreements, max: Object.fromEntries(max) }),
  }
}

function largestGap(first: Tensor, second: Tensor): number {
  const [a, b] = [first.data as ArrayLike<NumericElement>, second.data as ArrayLike<NumericElement>]
  let largest = 0
  for (let i = 0; i < a.length; i += 1) {
    const gap = a[i] === b[i] ? 0 : Math.abs(difference(a[i]!, b[i]!))
    if (gap > largest) largest = gap
  }
  return largest
}
