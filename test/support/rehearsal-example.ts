import { decisionPolicySchema, type DecisionPolicy, type SignalReport, type Verdict } from '#decision'
import type { RehearsalRecord, ShadowRecord, StepRecord } from '../../src/rehearsal/record.ts'

/** The policy that the records of this file were judged by. */
export function examplePolicy(): DecisionPolicy {
  return decisionPolicySchema.parse({
    signals: {
      errorRate: { max: 0.02 },
      latency: { max: '10ms' },
      predictionDrift: { max: 0.2 },
    },
    step: { soak: '3s', deadline: '60s', minRequests: 200 },
  })
}

/** A rehearsal in the middle of its second rung, by hand, with signals in every standing. */
export function exampleRecord(changes: Partial<RehearsalRecord> = {}): RehearsalRecord {
  return {
    rollout: 'iris',
    title: 'iris-good.onnx',
    stable: {
      model: 'iris-stable.onnx',
      podTemplateHash: '6d4b75cb6d',
      requests: 12_400,
      errors: 37,
      requestsPerSecond: 421.4,
      latencySeconds: 0.00421,
    },
    canary: {
      model: 'iris-good.onnx',
      podTemplateHash: '7f9c5d8b4f',
      requests: 1_840,
      errors: 6,
      requestsPerSecond: 178.6,
      latencySeconds: 0.00434,
    },
    weight: 30,
    phase: 'steps',
    startedAt: '2026-01-01T00:00:00.000Z',
    elapsedMs: 14_300,
    steps: exampleSteps(),
    looks: [{ atMs: 14_000, verdict: exampleVerdict() }],
    windows: [],
    latencyQuantile: 0.95,
    shadow: null,
    notes: [],
    outcome: null,
    reason: 'needs about 640 more canary requests for the latency limit, 4 s at the present rate',
    ...changes,
  }
}

/** What a comparison of two labels that were swapped finds. */
export function exampleShadow(changes: Partial<ShadowRecord> = {}): ShadowRecord {
  return {
    pairs: 1_173,
    disagreements: 788,
    canaryOnlyErrors: 0,
    stableOnlyErrors: 0,
    flips: [
      { output: 'label', stable: 'virginica', canary: 'versicolor', count: 412 },
      { output: 'label', stable: 'versicolor', canary: 'virginica', count: 376 },
    ],
    dropped: {},
    examples: [
      {
        kind: 'flip',
        at: '2026-01-01T00:00:03.000Z',
        slice: '',
        flip: { output: 'label', stable: 'virginica', canary: 'versicolor' },
        reasons: ["label is 1, stable's is 2"],
        inputs: { input: [6.4, 2.8, 5, 1.5] },
        stable: { label: [2] },
        canary: { label: [1] },
      },
      {
        kind: 'canaryFailed',
        at: '2026-01-01T00:00:04.000Z',
        slice: '',
        flip: null,
        reasons: ["Cannot run model '<b>iris</b>'"],
        inputs: null,
        stable: { label: [2] },
        canary: null,
      },
    ],
    ...changes,
  }
}

/** Steps as of the rollout that people write most: weight, pause, analysis, four times. */
export function exampleSteps(): StepRecord[] {
  const rungs = [
    { weight: 10, times: [5_000, 5_000, 7_000, 11_000] },
    { weight: 30, times: [11_000, 11_000, 13_000] },
    { weight: 50, times: [] },
    { weight: 100, times: [] },
  ] as const
  return rungs.flatMap(({ weight, times }, rung) =>
    [`setWeight ${weight}`, 'pause 2 s', 'pause until promoted'].map((title, place): StepRecord => {
      const startedMs = times[place] ?? null
      const finishedMs = times[place + 1] ?? null
      const state = startedMs === null ? 'waiting' : finishedMs === null ? 'running' : 'passed'
      return { index: rung * 3 + place, title, weight, state, startedMs, finishedMs }
    }),
  )
}

/** A verdict with one signal in each standing. */
export function exampleVerdict(changes: Partial<Verdict> = {}): Verdict {
  return {
    at: '2026-01-01T00:00:14Z',
    weight: 30,
    verdict: 'continue',
    logE: 0.72,
    needed: Math.log(100),
    canaryRequests: 536,
    signals: {
      errorRate: exampleSignal({
        standing: 'cleared',
        logE: -0.6,
        promote: 3.4,
        canary: 0.0033,
        stable: 0.003,
        estimate: { value: 0.0033, low: 0.0011, high: 0.0077 },
        limit: 0.0038,
        share: 0.3,
      }),
      errorRateMax: exampleSignal({ standing: 'noData', limit: 0.02, share: 0.1 }),
      latency: exampleSignal({
        standing: 'open',
        logE: 2.9,
        promote: 1.2,
        canary: 0.00434,
        stable: 0.00421,
        estimate: { value: 0.031, low: 0.012, high: 0.064 },
        limit: 0.034,
        phi: 3.6,
        share: 0.3,
      }),
      latencyMax: exampleSignal({
        standing: 'open',
        logE: -0.4,
        promote: 1.9,
        canary: 0.00434,
        estimate: { value: 0.004, low: 0.0004, high: 0.013 },
        limit: 0.05,
        missing: 640,
        share: 0.1,
      }),
      predictionDrift: exampleSignal({
        standing: 'harm',
        logE: 6.9,
        canary: 0.34,
        estimate: { value: 0.34, low: 0.26, high: 0.43 },
        limit: 0.2,
        share: 0.15,
      }),
      shadow: exampleSignal({ standing: 'notApplicable', limit: 0.01, share: 0.05 }),
    },
    missing: 640,
    missingMs: 4_000,
    reason: 'needs about 640 more canary requests for the latency limit, 4 s at the present rate',
    ...changes,
  }
}

function exampleSignal(changes: Partial<SignalReport>): SignalReport {
  return {
    standing: 'open',
    logE: 0,
    promote: null,
    promoteNeeded: Math.log(20),
    share: 0.2,
    canary: null,
    stable: null,
    estimate: null,
    limit: 0,
    phi: 1,
    missing: null,
    text: '',
    ...changes,
  }
}
