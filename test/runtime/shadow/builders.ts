import type { AnsweredRequest } from '../../../runtime/server/answered-request.ts'
import type { ShadowBatch, ShadowPair } from '../../../runtime/shadow/shadow-pair.ts'
import { ServingError, type Candidate, type ServedModel, type Tensor } from '#runtime'
import { irisSignature, tensor } from '../builders.ts'

/** A pair of the iris models: one row per label. */
export function irisPair(labels: readonly number[], change: Partial<ShadowPair> = {}): ShadowPair {
  return {
    feeds: [irisRows(labels)],
    rows: labels.length,
    outputs: irisAnswer(labels),
    slice: '',
    ...change,
  }
}

/** Rows whose first number is the label that the made-up models find in them. */
export function irisRows(labels: readonly number[]): Tensor {
  return tensor(
    'float32',
    [labels.length, 4],
    labels.flatMap((label) => [label, 3.5, 1.5, 0.25]),
  )
}

export function irisAnswer(labels: readonly number[]): Tensor[] {
  const scores = labels.flatMap((label) => [0, 1, 2].map((k) => (k === label ? 0.75 : 0.125)))
  return [tensor('int64', [labels.length], labels), tensor('float32', [labels.length, 3], scores)]
}

export function irisBatch(pairs: readonly ShadowPair[]): ShadowBatch {
  const { inputs, outputs } = irisSignature()
  return { origin: { model: 'iris', version: '1', identity: 'stable', signature: { inputs, outputs } }, pairs }
}

/** A candidate that finds other labels; it fails where the rule gives none. */
export function irisCandidate(labelOf: (label: number) => number | undefined): Candidate {
  return {
    signature: irisSignature(),
    run({ feeds: [rows] }) {
      const found = Array.from({ length: rows!.dims[0]! }, (_, row) => labelOf(Number(rows!.data[4 * row])))
      const labels = found.flatMap((label) => label ?? [])
      if (labels.length < found.length) return Promise.reject(new ServingError('modelFailed', 'Cannot run: no label'))
      return Promise.resolve(irisAnswer(labels))
    },
  }
}

/** An answered request, as the model server tells of it. */
export function answeredRequest(labels: readonly number[], change: Partial<AnsweredRequest> = {}): AnsweredRequest {
  return {
    model: IRIS,
    job: { feeds: [irisRows(labels)], rows: labels.length },
    outputs: irisAnswer(labels),
    headers: {},
    latencyMs: 1,
    ...change,
  }
}

const IRIS: ServedModel = {
  name: 'iris',
  version: '1',
  digest: 'd1',
  signature: irisSignature(),
  run: () => Promise.resolve(irisAnswer([0])),
}
