/** A label that differs. */
export interface LabelFlip {
  readonly output: string
  readonly stable: string
  readonly canary: string
}

/**
 * The most important difference of two rows: another class or label, NaN or an infinity on one side only, a number beyond its
 * tolerance, or an answer of another form (an output missing, another element type or shape).
 */
export type DifferenceKind = 'label' | 'notFinite' | 'tolerance' | 'form'

/** One row (one example) of two answers to the same request. */
export interface RowComparison {
  /** Whether the two answers count as different: another label, or a number beyond the output's tolerance. */
  readonly disagrees: boolean
  /** Undefined where the rows agree. */
  readonly kind: DifferenceKind | undefined
  readonly flip: LabelFlip | undefined
  /** What differs, for people, most important first; empty where nothing does. */
  readonly reasons: readonly string[]
}

/** What every row without a difference is. */
export const AGREEMENT: RowComparison = Object.freeze({
  disagrees: false,
  kind: undefined,
  flip: undefined,
  reasons: [],
})
