import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError, parseInput } from '#faults'
import { partsNeeded, policySchema } from '#evidence'

const signals = { errorRate: { max: 0.01 } }

const test = suite('policySchema')

test('fills in every default', () => {
  const policy = parseInput(
    policySchema,
    { signals, prometheus: { address: 'http://prometheus.monitoring:9090' } },
    'policy',
  )
  assert.is(policy.profile, 'modelgate')
  assert.equal(policy.prometheus, { address: 'http://prometheus.monitoring:9090', timeout: 30_000, headers: {} })
  assert.equal(policy.labels, { hash: 'rollouts_pod_template_hash', pod: 'pod', namespace: 'namespace' })
  assert.equal(policy.outage, { patience: 300_000, then: 'inconclusive' })
  assert.equal(policy.errorCodes, ['5xx'])
  assert.is(policy.scrapeInterval, 15_000)
})

test('needs no source of evidence', () => {
  assert.is(parseInput(policySchema, { signals }, 'policy').prometheus, undefined)
})

for (const [what, keys, expected] of [
  ['an unknown key', { prometeus: {} }, 'unknown key "prometeus"'],
  [
    'an address without a scheme',
    { prometheus: { address: 'prometheus:9090' } },
    'prometheus.address: expected an address such as',
  ],
  ['an address with a user', { prometheus: { address: 'http://u:p@prometheus' } }, 'without user, query or fragment'],
  ['an address with a query', { prometheus: { address: 'http://prometheus/?a=b' } }, 'without user, query or fragment'],
  [
    'a timeout in seconds',
    { prometheus: { address: 'http://p', timeout: 30 } },
    'prometheus.timeout: expected a duration such as "30s", received 30',
  ],
  [
    'two ways of authorization',
    { prometheus: { address: 'http://p', basicAuth: { username: 'u', passwordFile: '/p' }, bearerTokenFile: '/t' } },
    'prometheus: expected basicAuth or bearerTokenFile, not both',
  ],
  [
    'a certificate without its key',
    { prometheus: { address: 'http://p', tls: { certFile: '/c' } } },
    'prometheus.tls: expected certFile and keyFile together',
  ],
  [
    'an unknown profile',
    { profile: 'torchserve' },
    'profile: expected modelgate, flask, custom, received "torchserve"',
  ],
  [
    'custom names without the profile',
    { custom: { requests: { metric: 'a' } } },
    'custom: expected the names of the metrics together with profile "custom"',
  ],
  [
    'the profile without custom names',
    { profile: 'custom' },
    'custom: expected the names of the metrics together with profile "custom"',
  ],
  [
    'a hash that is none',
    { stable: 'a"b' },
    'stable: expected a pod template hash such as "6f7c9d8b5", received "a\\"b"',
  ],
  [
    'a label name that is none',
    { labels: { hash: 'rollouts-pod-template-hash' } },
    'labels.hash: expected the name of a label, received "rollouts-pod-template-hash"',
  ],
  [
    'a code that is none',
    { errorCodes: ['5..'] },
    'errorCodes[0]: expected a response code such as "429" or "5xx", received "5.."',
  ],
  ['a scrape interval of an hour', { scrapeInterval: '1h' }, 'scrapeInterval: expected a duration from 100ms to 10m'],
  [
    'an unknown end of patience',
    { outage: { then: 'abort' } },
    'outage.then: expected inconclusive or error, received "abort"',
  ],
] as const) {
  test(`refuses ${what}`, () => {
    assert.throws(
      () => parseInput(policySchema, { signals, ...keys }, 'policy'),
      (error: unknown) => error instanceof InputError && error.message.includes(expected),
      expected,
    )
  })
}

test.run()

const parts = suite('partsNeeded()')

for (const [what, configured, expected] of [
  ['errors', { errorRate: {} }, ['errors', 'requests']],
  ['latency', { latency: { max: '250ms' } }, ['latency', 'requests']],
  ['classes', { predictionDrift: {} }, ['predictions', 'requests']],
  ['values', { predictionDrift: { of: 'values' } }, ['requests', 'values']],
  ['the comparator', { shadow: {} }, ['requests', 'shadow']],
  ['the comparator with errors', { shadow: { pairedErrors: true } }, ['requests', 'shadow', 'shadowErrors']],
] as const) {
  parts(`are ${expected.join(', ')} for ${what}`, () => {
    const policy = parseInput(policySchema, { signals: configured }, 'policy')
    assert.equal([...partsNeeded(policy)].sort(), expected)
  })
}

parts.run()
