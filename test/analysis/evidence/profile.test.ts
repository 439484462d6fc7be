import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseInput } from '#faults'
import { customMetricsSchema, errorCodes, findProfile } from '#evidence'
import { meaningOf } from '../../../analysis/evidence/profile.ts'

const codes = suite('errorCodes()')

for (const [list, errors, others] of [
  [['5xx'], ['500', '503', '599'], ['200', '404', '5', '5000', 'error', '']],
  [
    ['5xx', '429'],
    ['500', '429'],
    ['400', '428'],
  ],
  [
    ['Internal', '4xx'],
    ['Internal', '404'],
    ['500', 'OK'],
  ],
] as const) {
  codes(`of ${list.join(', ')} are ${errors.join(', ')} and not ${others.join(', ')}`, () => {
    const isError = errorCodes(list)
    assert.equal(
      errors.map(isError),
      errors.map(() => true),
    )
    assert.equal(
      others.map(isError),
      others.map(() => false),
    )
  })
}

codes.run()

const meaning = suite('meaningOf()')

const modelgate = findProfile('modelgate', undefined, errorCodes(['5xx']))
const flask = findProfile('flask', undefined, errorCodes(['5xx']))
const custom = findProfile(
  'custom',
  parseInput(
    customMetricsSchema,
    {
      requests: { metric: 'http_requests_total', code: 'status', where: { path: '/score' } },
      latency: { metric: 'http_duration_milliseconds_bucket', unit: 'milliseconds' },
      predictions: { metric: 'decisions_total', class: 'decision' },
      values: { metric: 'score' },
      shadow: { pairs: { metric: 'pairs_total' }, disagreements: { metric: 'diffs_total' } },
    },
    'names',
  ),
  errorCodes(['5xx']),
)
const counted = findProfile(
  'custom',
  parseInput(customMetricsSchema, { requests: { metric: 'all', code: 'code' }, errors: { metric: 'bad' } }, 'names'),
  errorCodes(['5xx']),
)

for (const [what, profile, metric, labels, expected] of [
  ['a good request', modelgate, 'inference_requests_total', { code: '200' }, { kind: 'requests', error: false }],
  ['a failed request', modelgate, 'inference_requests_total', { code: '503' }, { kind: 'requests', error: true }],
  [
    'a request of a client in error',
    modelgate,
    'inference_requests_total',
    { code: '400' },
    { kind: 'requests', error: false },
  ],
  ['a request without a code', modelgate, 'inference_requests_total', {}, { kind: 'requests', error: undefined }],
  ['a bucket', modelgate, 'inference_latency_seconds_bucket', { le: '0.25' }, { kind: 'latency', group: '', le: 0.25 }],
  [
    'the infinite bucket',
    modelgate,
    'inference_latency_seconds_bucket',
    { le: '+Inf' },
    { kind: 'latency', group: '', le: Infinity },
  ],
  [
    'a bucket of one endpoint',
    modelgate,
    'inference_latency_seconds_bucket',
    { le: '1e-3', endpoint: '/p' },
    { kind: 'latency', group: '{endpoint="/p"}', le: 0.001 },
  ],
  ['a bucket with a bound that is no number', modelgate, 'inference_latency_seconds_bucket', { le: 'x' }, undefined],
  ['a bucket without a bound', modelgate, 'inference_latency_seconds_bucket', {}, undefined],
  ['the sum of a histogram', modelgate, 'inference_latency_seconds_sum', {}, undefined],
  [
    'a prediction',
    modelgate,
    'model_predictions_total',
    { class: 'setosa', output: 'label' },
    { kind: 'predictions', output: 'label', className: 'setosa' },
  ],
  [
    'a prediction whose label the scrape renamed',
    modelgate,
    'model_predictions_total',
    { class: 'x', exported_class: 'setosa' },
    { kind: 'predictions', output: '', className: 'setosa' },
  ],
  ['a prediction without a class', modelgate, 'model_predictions_total', { output: 'label' }, undefined],
  [
    'a bucket of values',
    modelgate,
    'model_prediction_value_bucket',
    { le: '10' },
    { kind: 'values', group: '', le: 10 },
  ],
  ['a pair', modelgate, 'shadow_pairs_total', {}, { kind: 'pairs' }],
  ['a disagreement', modelgate, 'shadow_disagreements_total', {}, { kind: 'disagreements' }],
  ['an error of the canary alone', modelgate, 'shadow_errors_total', { side: 'canary' }, { kind: 'canaryOnlyErrors' }],
  ['an error of stable alone', modelgate, 'shadow_errors_total', { side: 'stable' }, { kind: 'stableOnlyErrors' }],
  ['an error of nobody', modelgate, 'shadow_errors_total', {}, undefined],
  ['a cause', modelgate, 'shadow_causes_total', { cause: 'nan' }, { kind: 'cause', cause: 'nan' }],
  ['a cause that nobody knows', modelgate, 'shadow_causes_total', { cause: 'toString' }, undefined],
  ['an input asked twice', modelgate, 'shadow_noise_pairs_total', {}, { kind: 'noisePairs' }],
  ['a contradiction', modelgate, 'shadow_noise_disagreements_total', {}, { kind: 'noiseDisagreements' }],
  [
    'a pair of a slice',
    modelgate,
    'shadow_slice_pairs_total',
    { slice: 'acme' },
    { kind: 'slicePairs', slice: 'acme' },
  ],
  [
    'a disagreement in a slice whose label the scrape renamed',
    modelgate,
    'shadow_slice_disagreements_total',
    { slice: 'node', exported_slice: 'acme' },
    { kind: 'sliceDisagreements', slice: 'acme' },
  ],
  ['a pair of no slice', modelgate, 'shadow_slice_pairs_total', {}, undefined],
  ['a foreign metric', modelgate, 'up', {}, undefined],
  ['flask: a status', flask, 'inference_requests_total', { status: '500' }, { kind: 'requests', error: true }],
  [
    'flask: an http_status',
    flask,
    'inference_requests_total',
    { http_status: '200' },
    { kind: 'requests', error: false },
  ],
  [
    'flask: no code',
    flask,
    'inference_requests_total',
    { endpoint: '/predict' },
    { kind: 'requests', error: undefined },
  ],
  [
    'custom: a request of the path',
    custom,
    'http_requests_total',
    { path: '/score', status: '500' },
    { kind: 'requests', error: true },
  ],
  ['custom: a request of another path', custom, 'http_requests_total', { path: '/', status: '500' }, undefined],
  [
    'custom: milliseconds',
    custom,
    'http_duration_milliseconds_bucket',
    { le: '250' },
    { kind: 'latency', group: '', le: 0.25 },
  ],
  [
    'custom: an infinite bound',
    custom,
    'http_duration_milliseconds_bucket',
    { le: '+Inf' },
    { kind: 'latency', group: '', le: Infinity },
  ],
  [
    'custom: a class',
    custom,
    'decisions_total',
    { decision: 'deny' },
    { kind: 'predictions', output: '', className: 'deny' },
  ],
  ['custom: a value', custom, 'score_bucket', { le: '0.5' }, { kind: 'values', group: '', le: 0.5 }],
  ['custom: a pair', custom, 'pairs_total', {}, { kind: 'pairs' }],
  ['custom: an error with a counter of its own', counted, 'bad', {}, { kind: 'errors' }],
  [
    'custom: a code beside a counter of errors',
    counted,
    'all',
    { code: '500' },
    { kind: 'requests', error: undefined },
  ],
] as const) {
  meaning(`of ${what} is ${expected === undefined ? 'nothing' : expected.kind}`, () => {
    assert.equal(meaningOf(profile, metric, labels), expected)
  })
}

meaning.run()

const names = suite('customMetricsSchema')

names('lists every fault with its path', () => {
  assert.throws(
    () =>
      parseInput(
        customMetricsSchema,
        { requests: { metric: 'a b' }, latency: { metric: 'x', unit: 'minutes' }, more: 1 },
        'names',
      ),
    (error: Error) =>
      error.message.includes('requests.metric: expected the name of a metric, received "a b"') &&
      error.message.includes('latency.unit: expected seconds or milliseconds, received "minutes"') &&
      error.message.includes('unknown key "more"'),
  )
})

names.run()
