import { createStepGate } from '#metrics'
import type { StepPlugin } from '#plugin'
import { connectOnce } from './metric-plugin.ts'

/** The step `modelgate/gate` in the world of its process. */
export function openStepPlugin(now: () => number): StepPlugin {
  return createStepGate({ now, connect: connectOnce() })
}
