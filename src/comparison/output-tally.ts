import {
  describeSpec,
  difference,
  isSame,
  ulpDistance,
  type NumericElement,
  type OutputRole,
  type Tensor,
  type TensorSpec,
  type Tolerance,
} from '#runtime'
import { openCosineTally, type CosineSummary } from './cosine-tally.ts'
import { openSketch } from './quantile-sketch.ts'
import { openRankTally, type RankAgreement } from './rank-tally.ts'

/** How one output of both models differs over all requests. |Δ| is the size of canary less stable, element by element. */
export interface OutputSummary {
  /** As people write it: `float32[N,3]`. */
  readonly shape: string
  readonly role: OutputRole
  /** The tolerance that it is held to; null where its numbers do not count, or only equality does. */
  readonly tolerance: Tolerance | null
  /** Elements that both models gave. */
  readonly elements: number
  /** Elements that are not the same value. */
  readonly different: number
  readonly notFinite: NonFiniteCounts
  /** Null where the elements are labels or no numbers, or none is finite in both. */
  readonly distance: DistanceSummary | null
  readonly rank: RankAgreement | null
  /** Null where rows hold no several numbers that are the prediction. */
  readonly cosine: CosineSummary | null
}

/** NaN and infinities. */
export interface NonFiniteCounts {
  readonly stable: number
  readonly canary: number
  /** On one side only. */
  readonly oneSided: number
}

/** Sizes of the differences of finite elements; the quantiles are within one hundredth of themselves. */
export interface DistanceSummary {
  readonly max: number
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  /** Largest number of representable values in between. */
  readonly maxUlps: number
  /** Elements with the same value in both, and how many others lie in (le[k - 1], le[k]]; the last count is above all. */
  readonly histogram: { readonly same: number; readonly le: readonly number[]; readonly counts: readonly number[] }
}

export interface OutputTally {
  /** Takes in what both models gave to one request, equal in type and shape. */
  add(stable: Tensor, canary: Tensor): void
  summarize(): OutputSummary
}

/** @param tolerance that the output is held to; null where none is */
export function openOutputTally(spec: TensorSpec, role: OutputRole, tolerance: Tolerance | null): OutputTally {
  const { type } = spec
  // A class's number is a name: how far two names lie apart means nothing.
  const numeric = tolerance !== null || (role !== 'label' && role !== 'list')
  const sketch = openSketch()
  const ranks = openRankTally(role)
  const cosines = role === 'number' ? openCosineTally() : undefined
  let [elements, different] = [0, 0]
  let [stableNonFinite, canaryNonFinite, oneSided] = [0, 0, 0]
  let [same, max, total, maxUlps] = [0, 0, 0, 0]

  function addNumbers(stable: ArrayLike<NumericElement>, canary: ArrayLike<NumericElement>): void {
    for (let i = 0; i < stable.length; i += 1) {
      const [a, b] = [stable[i]!, canary[i]!]
      const [finiteA, finiteB] = [isFiniteElement(a), isFiniteElement(b)]
      if (!finiteA) stableNonFinite += 1
      if (!finiteB) canaryNonFinite += 1
      if (finiteA !== finiteB) oneSided += 1
      if (isSame(a, b)) {
        if (finiteA) {
          same += 1
          sketch.addZero()
        }
        continue
      }
      different += 1
      if (!finiteA || !finiteB) continue
      const distance = Math.abs(difference(a, b))
      sketch.add(distance)
      total += distance
      max = Math.max(max, distance)
      maxUlps = Math.max(maxUlps, ulpDistance(a, b, type))
    }
  }

  return {
    add(stable, canary) {
      elements += stable.data.length
      if (numeric) addNumbers(stable.data as ArrayLike<NumericElement>, canary.data as ArrayLike<NumericElement>)
      else for (const [i, value] of stable.data.entries()) if (value !== canary.data[i]) different += 1
      ranks.add(stable, canary)
      cosines?.add(stable, canary)
    },
    summarize() {
      const le = edgesUpTo(max)
      return {
        shape: describeSpec(spec),
        role,
        tolerance,
        elements,
        different,
        notFinite: { stable: stableNonFinite, canary: canaryNonFinite, oneSided },
        distance:
          sketch.count > 0
            ? {
                max,
                mean: total / sketch.count,
                p50: Math.min(max, sketch.quantile(0.5)),
                p95: Math.min(max, sketch.quantile(0.95)),
                p99: Math.min(max, sketch.quantile(0.99)),
                maxUlps,
                histogram: { same, le, counts: sketch.counts(le) },
              }
            : null,
        rank: ranks.summarize(),
        cosine: cosines?.summarize() ?? null,
      }
    },
  }
}

const DECADES = 5
const STEPS = [1, 2, 5] as const

/** Bounds 1, 2 and 5 times powers of ten: the last is the first at or above the largest difference, over five decades. */
function edgesUpTo(max: number): number[] {
  if (max === 0) return []
  const top = Math.floor(Math.log10(max)) + 1
  const bounds: number[] = []
  for (let power = top - DECADES; power <= top; power += 1) {
    for (const step of STEPS) bounds.push(Number(`${step}e${power}`))
  }
  return bounds.slice(0, bounds.findIndex((bound) => bound >= max) + 1)
}

function isFiniteElement(value: NumericElement): boolean {
  return typeof value === 'bigint' || Number.isFinite(value)
}
