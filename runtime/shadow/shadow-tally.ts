import type { DifferenceKind, LabelFlip } from '../comparison/row-comparison.ts'

/** Which model failed where the other one answered. */
export type ErrorSide = 'canary' | 'stable'

/** Why an example counts against the candidate: how the answers differ, or why there is none of the canary's. */
export const SHADOW_CAUSES = [
  /** Another label. */
  'label',
  /** A number beyond its tolerance. */
  'number',
  /** NaN or an infinity on one side. */
  'nan',
  /** An output that is missing, or of another type or shape. */
  'form',
  /** The candidate has other inputs or outputs than stable, and was not asked. */
  'signature',
  /** The candidate alone failed. */
  'failed',
  /** The candidate alone did not answer in time. */
  'hung',
] as const

export type ShadowCause = (typeof SHADOW_CAUSES)[number]

/** What the difference of two rows counts as. */
export const CAUSE_OF: Readonly<Record<DifferenceKind, ShadowCause>> = {
  label: 'label',
  tolerance: 'number',
  notFinite: 'nan',
  form: 'form',
}

/** What makes an example worth keeping. */
export type ExampleKind =
  /** Another label. */
  | 'flip'
  /** A number beyond its tolerance, NaN on one side, another shape. */
  | 'difference'
  | 'canaryFailed'
  | 'stableFailed'

/** One example that the two models treat differently, for people. Plain JSON. */
export interface ShadowExample {
  readonly kind: ExampleKind
  /** When it was compared, RFC 3339. */
  readonly at: string
  readonly slice: string
  readonly flip: LabelFlip | null
  /** What differs, most important first. */
  readonly reasons: readonly string[]
  /** Elements of the example by input, cut where they are many; null where inputs are not shown. */
  readonly inputs: Readonly<Record<string, readonly unknown[]>> | null
  /** Elements of both answers by output; null where that side failed. */
  readonly stable: Readonly<Record<string, readonly unknown[]>> | null
  readonly canary: Readonly<Record<string, readonly unknown[]>> | null
}

export interface SliceTally {
  pairs: number
  disagreements: number
}

/** What one comparison of a batch found, in examples. Plain data: it may come from another thread. */
export interface ShadowTally {
  pairs: number
  disagreements: number
  readonly errors: Record<ErrorSide, number>
  /** Disagreements and errors of the canary alone; each has one cause. */
  readonly causes: Partial<Record<ShadowCause, number>>
  /** Examples on which both models failed. */
  bothFailed: number
  /** Examples that the candidate had no room for; they are no pairs. */
  refused: number
  readonly flips: Map<string, { readonly flip: LabelFlip; count: number }>
  readonly slices: Map<string, SliceTally>
  /** Time that the candidate took for the batch, milliseconds; 0 where it did not run. */
  runMs: number
  /** What keeps the candidate from being asked; empty when nothing does. */
  mismatch: readonly string[]
  /** A few of each kind. */
  readonly examples: ShadowExample[]
}

export function emptyTally(): ShadowTally {
  return {
    pairs: 0,
    disagreements: 0,
    errors: { canary: 0, stable: 0 },
    causes: {},
    bothFailed: 0,
    refused: 0,
    flips: new Map(),
    slices: new Map(),
    runMs: 0,
    mismatch: [],
    examples: [],
  }
}

export function addCause({ causes }: ShadowTally, cause: ShadowCause, examples: number): void {
  causes[cause] = (causes[cause] ?? 0) + examples
}

/** What examples of one kind have in common: the labels of a flip, or what went wrong. */
export function exampleKey({ kind, flip, reasons }: Pick<ShadowExample, 'kind' | 'flip' | 'reasons'>): string {
  return JSON.stringify(
    flip === null ? [kind, kind === 'difference' ? '' : reasons[0]] : [flip.output, flip.stable, flip.canary],
  )
}
