import type { Stage, StageOptions } from './stage.ts'

/** One story, told from the bump of an image to its end. */
export interface Scenario {
  /** For the command line, and the namespace. */
  readonly name: string
  readonly title: string
  readonly stage?: StageOptions
  /** Longer than the default only where waiting is the point. */
  readonly timeoutMs?: number
  run(stage: Stage): Promise<void>
}
