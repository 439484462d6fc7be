import type { SignalName, SignalReport } from '#decision'
import type { Confusion } from './confusion.ts'
import type { OutputSummary } from './output-tally.ts'
import type { Speed } from './speed.ts'
import type { WorstExample } from './worst-examples.ts'

/** A model that was compared. */
export interface ComparedModel {
  /** File name without its folder. */
  readonly name: string
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string
  /** As people write it: `input float32[N,4] -> label int64[N]`; null where the model cannot be loaded. */
  readonly signature: string | null
}

/** Inputs on which a model failed. */
export interface ErrorCounts {
  readonly bothErrors: number
  readonly canaryOnlyErrors: number
  readonly stableOnlyErrors: number
}

/** An error message of a model, and how often it came. */
export interface ErrorMessage {
  readonly side: 'stable' | 'canary'
  readonly message: string
  readonly count: number
}

/** Stable against itself: what differs here is no news of the canary. */
export interface NoiseFloor {
  readonly pairs: number
  readonly disagreements: number
  /** Largest |Δ| by output that holds numbers. */
  readonly max: Readonly<Record<string, number>>
}

/** What came of sending the same requests to both models. */
export interface AnswerComparison extends ErrorCounts {
  readonly requests: number
  /** Rows that both models were given. */
  readonly pairs: number
  readonly disagreements: number
  readonly labelFlips: number
  readonly confusion: Confusion | null
  readonly outputs: Readonly<Record<string, OutputSummary>>
  readonly errors: readonly ErrorMessage[]
  readonly noise: NoiseFloor | null
  readonly worst: readonly WorstExample[]
  /** Why it ended before the last request; null where it did not. */
  readonly stopped: string | null
}

/** Everything that a comparison found. Plain JSON. */
export interface ComparisonRecord extends AnswerComparison {
  readonly verdict: 'pass' | 'fail' | 'inconclusive'
  /** One sentence. */
  readonly reason: string
  readonly models: { readonly stable: ComparedModel; readonly canary: ComparedModel }
  /** What keeps a canary that was loaded from answering stable's requests; nothing was compared where there is any. */
  readonly differences: readonly string[]
  /** Log evidence of harm; the canary fails when it reaches `needed`. */
  readonly logE: number
  readonly needed: number
  readonly signals: Readonly<Partial<Record<SignalName, SignalReport>>>
  readonly speed: Speed | null
  readonly notes: readonly string[]
}
