/** How far two numbers may lie apart and still count as equal: `|a - b| <= absolute + relative * |stable|`, or within `ulps`. */
export interface Tolerance {
  readonly absolute: number
  readonly relative: number
  /** Units in the last place, of the output's own element type. */
  readonly ulps: number
}

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
