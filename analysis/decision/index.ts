export { durationMs, formatDuration, parseDuration } from './duration.ts'
export { judge, look, openGate, type AwaitedStep, type GateState } from './gate.ts'
export {
  formatCount,
  formatEvidence,
  formatFigure,
  formatPercent,
  formatPlanned,
  formatQuantile,
  formatSeconds,
} from './format.ts'
export { planGate, type GatePlan } from './plan.ts'
export { decisionPolicySchema, decisionPolicyShape, type DecisionPolicy } from './policy.ts'
export { addShadowDetail, noiseShare, openShadowDetail, sliceShares } from './shadow-detail.ts'
export {
  SIGNAL_NAMES,
  type Estimate,
  type PairShare,
  type SignalName,
  type SignalReport,
  type SignalStanding,
  type SliceShare,
  type Verdict,
  type VerdictKind,
} from './verdict.ts'
export {
  MAX_SLICES,
  OTHER_SLICES,
  SHADOW_CAUSES,
  windowSchema,
  type Arm,
  type CauseCounts,
  type Histogram,
  type PairCounts,
  type ShadowCause,
  type ShadowCounts,
  type Window,
} from './window.ts'
