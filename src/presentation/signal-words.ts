import type { SignalName, SignalStanding } from '#decision'

/** Short names of the signals, for tables and legends. */
export const SIGNAL_TITLES: Readonly<Record<SignalName, string>> = {
  errorRate: 'error rate',
  errorRateMax: 'error limit',
  latency: 'latency',
  latencyMax: 'latency limit',
  predictionDrift: 'drift',
  shadow: 'disagreement',
  pairedErrors: 'paired errors',
}

/** What a signal compares, for a reader who sees it for the first time. */
export const SIGNAL_MEANINGS: Readonly<Record<SignalName, string>> = {
  errorRate: 'share of failed requests, canary against stable',
  errorRateMax: 'share of failed requests against the objective',
  latency: 'response times, canary against stable',
  latencyMax: 'slow end of the response times against the objective',
  predictionDrift: 'distance between the predictions of canary and stable',
  shadow: 'share of identical inputs to which the models answer differently',
  pairedErrors: 'identical inputs on which only one of the models fails',
}

/** How far a signal has come, in one or two words. */
export const STANDING_WORDS: Readonly<Record<SignalStanding, string>> = {
  harm: 'harm',
  cleared: 'cleared',
  open: 'open',
  noData: 'no data',
  notApplicable: 'not judged',
}

/** Shapes that tell standings apart without colour. */
export const STANDING_MARKS: Readonly<Record<SignalStanding, string>> = {
  harm: '✕',
  cleared: '✓',
  open: '·',
  noData: '?',
  notApplicable: '–',
}
