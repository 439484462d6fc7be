/** A label that differs. */
export interface LabelFlip {
  readonly output: string
  readonly stable: string
  readonly canary: string
}

/** One row (one example) of two answers to the same request. */
export interface RowComparison {
  /** Whether the two answers count as different: another label, or a number beyond the output's tolerance. */
  readonly disagrees: boolean
  readonly flip: LabelFlip | undefined
  /** What differs, for people, most important first; empty where nothing does. */
  readonly reasons: readonly string[]
}

/** What every row without a difference is. */
export const AGREEMENT: RowComparison = Object.freeze({ disagrees: false, flip: undefined, reasons: [] })
