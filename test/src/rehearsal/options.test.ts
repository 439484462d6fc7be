import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '#faults'
import { parseRehearsalOptions } from '../../../src/rehearsal/options.ts'

const NEEDED = { stable: 'a.onnx', candidate: ['b.onnx'], requests: 'r.jsonl', rollout: 'r.yaml' }

const test = suite('parseRehearsalOptions()')

test('fills in every default', () => {
  const options = parseRehearsalOptions(NEEDED)
  assert.is(options.requestsPerSecond, 200)
  assert.is(options.historyMs, 5_000)
  assert.is(options.intervalMs, 1_000)
  assert.is(options.requestTimeoutMs, 5_000)
  assert.is(options.timeScale, 1)
  assert.is(options.seed, 1)
  assert.equal([options.stablePods, options.canaryPods], [1, 1])
  assert.is(options.targetsPath, 'modelgate-targets.json')
  assert.is(options.prometheusAddress, undefined)
})

test('reads what is given', () => {
  const options = parseRehearsalOptions({
    ...NEEDED,
    rate: '12.5/s',
    history: '250ms',
    interval: '500ms',
    'time-scale': '60',
    seed: '4294967295',
    pods: '3',
    prometheus: 'http://localhost:9090',
    'prometheus-discovery': '9099',
  })
  assert.is(options.requestsPerSecond, 12.5)
  assert.is(options.historyMs, 250)
  assert.is(options.timeScale, 60)
  assert.is(options.seed, 4_294_967_295)
  assert.is(options.canaryPods, 3)
  assert.is(options.discoveryPort, 9_099)
})

test('reads what is counted beside disagreement, and refuses it where nothing is compared', () => {
  const asked = { ...NEEDED, 'shadow-slice': 'input:input[3]', 'shadow-noise': '0.5' }
  const { shadowSlice, shadowNoise } = parseRehearsalOptions(asked)
  assert.equal([shadowSlice, shadowNoise], ['input:input[3]', 0.5])
  assert.throws(
    () => parseRehearsalOptions({ ...asked, 'shadow-share': '0' }),
    /--shadow-share: expected more than 0 beside --shadow-slice and --shadow-noise/,
  )
  for (const slice of ['header:X-Tenant', 'input:', 'input:a[b]', '3']) {
    assert.throws(
      () => parseRehearsalOptions({ ...NEEDED, 'shadow-slice': slice }),
      /--shadow-slice: expected "input:NAME\[0\]", an element of each row; recorded requests have no headers, received/,
    )
  }
})

test('shows every fault at once', () => {
  try {
    parseRehearsalOptions({
      candidate: [],
      requests: '',
      rate: '0/s',
      'time-scale': '-1',
      history: '5',
      interval: '10ms',
      seed: '1.5',
      pods: '99',
      prometheus: 'localhost:9090',
    })
    assert.unreachable('was accepted')
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const faults = Object.fromEntries(error.faults.map(({ path, text }) => [path, text]))
    assert.equal(Object.keys(faults).sort(), [
      '--candidate',
      '--history',
      '--interval',
      '--pods',
      '--prometheus',
      '--rate',
      '--requests',
      '--rollout',
      '--seed',
      '--stable',
      '--time-scale',
    ])
    assert.is(faults['--stable'], 'expected a file, received nothing')
    assert.is(faults['--history'], 'expected a duration such as "30s", received "5"')
    assert.is(faults['--interval'], 'expected a duration from 200ms to 1m, received "10ms"')
    assert.is(faults['--pods'], 'expected a whole number from 1 to 16, received "99"')
  }
})

test.run()
