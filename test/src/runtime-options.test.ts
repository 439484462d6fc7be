import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '#faults'
import { parseRuntimeOptions } from '../../src/runtime-options.ts'

const parse = suite('parseRuntimeOptions()')

function refusal(values: Readonly<Record<string, unknown>>, env: Readonly<Record<string, string>> = {}): string {
  try {
    parseRuntimeOptions(values, env)
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
  return 'accepted'
}

parse('needs a model and has defaults for the rest', () => {
  const options = parseRuntimeOptions({ model: 'iris.onnx' }, {})
  assert.equal(options.sources, [{ kind: 'file', name: 'iris', path: 'iris.onnx' }])
  assert.is(options.port, 8080)
  assert.is(options.host, '0.0.0.0')
  assert.equal([options.maxBatchRows, options.maxQueuedRows, options.maxRows], [64, 1024, 1024])
  assert.equal([options.executor, options.providers, options.reloadIntervalMs], ['auto', ['cpu'], 0])
  assert.equal([options.queueTimeoutMs, options.runTimeoutMs, options.maxMemoryBytes], [5_000, 10_000, 2 ** 31])
  assert.equal([options.warmUpMs, options.drainDelayMs, options.drainTimeoutMs], [1_000, 0, 10_000])
  assert.equal([options.json, options.exitWithParent], [false, false])
})

parse('takes model and port from the environment', () => {
  const options = parseRuntimeOptions({}, { MODEL_PATH: 'iris.onnx', PORT: '9000' })
  assert.equal([options.sources[0]!.path, options.port], ['iris.onnx', 9_000])
})

parse('lets the command line win', () => {
  const options = parseRuntimeOptions({ model: 'b.onnx', port: '0' }, { MODEL_PATH: 'a.onnx', PORT: '9000' })
  assert.equal([options.sources.map(({ path }) => path), options.port], [['b.onnx'], 0])
})

parse('takes several models by name', () => {
  const { sources } = parseRuntimeOptions({ model: ['iris=a.onnx', 'digits-2=/models/b=c.onnx'] }, {})
  assert.equal(sources, [
    { kind: 'file', name: 'iris', path: 'a.onnx' },
    { kind: 'file', name: 'digits-2', path: '/models/b=c.onnx' },
  ])
})

parse('takes a path with a folder for a path, whatever is in it', () => {
  const { sources } = parseRuntimeOptions({ model: './a=b.onnx', name: 'iris' }, {})
  assert.equal(sources, [{ kind: 'file', name: 'iris', path: './a=b.onnx' }])
})

parse('takes a folder of models and looks at it every 10 s', () => {
  const options = parseRuntimeOptions({ models: '/models', 'default-model': 'iris' }, { MODEL_PATH: 'other.onnx' })
  assert.equal(options.sources, [{ kind: 'folder', path: '/models' }])
  assert.equal([options.defaultModel, options.reloadIntervalMs], ['iris', 10_000])
  assert.is(parseRuntimeOptions({ models: '/models', 'reload-interval': '0s' }, {}).reloadIntervalMs, 0)
})

parse('takes execution providers in their order', () => {
  assert.equal(parseRuntimeOptions({ model: 'm', 'execution-provider': 'webgpu, cpu' }, {}).providers, [
    'webgpu',
    'cpu',
  ])
})

parse('has latency buckets at common objectives, from 1 ms to 10 s', () => {
  const { latencyBuckets } = parseRuntimeOptions({ model: 'm' }, {})
  assert.equal([latencyBuckets[0], latencyBuckets.at(-1)], [0.001, 10])
  for (const objective of [0.1, 0.25, 0.5, 1]) assert.ok(latencyBuckets.includes(objective))
})

parse('has value buckets on both sides of zero', () => {
  const { valueBuckets } = parseRuntimeOptions({ model: 'm' }, {})
  assert.is(valueBuckets.length, 75)
  assert.equal([valueBuckets[0], valueBuckets[37], valueBuckets.at(-1)], [-10_000, 0, 10_000])
  assert.ok(valueBuckets.every((bound, i) => i === 0 || bound > valueBuckets[i - 1]!))
})

parse('reads lists', () => {
  const options = parseRuntimeOptions(
    { model: 'm', classes: 'no, yes', 'latency-buckets': '0.1,0.25', 'value-buckets': '-1,0,1.5' },
    {},
  )
  assert.equal(options.classNames, ['no', 'yes'])
  assert.equal(options.latencyBuckets, [0.1, 0.25])
  assert.equal(options.valueBuckets, [-1, 0, 1.5])
})

const SUBJECT = 'Cannot use the options of the model server: '

const REFUSED: readonly (readonly [string, Readonly<Record<string, unknown>>, string])[] = [
  ['no model', {}, '--model: expected the path of an ONNX model, by this option or MODEL_PATH, received nothing'],
  [
    'a port that is none',
    { model: 'm', port: '70000' },
    '--port: expected a whole number from 0 to 65535, received "70000"',
  ],
  ['a port in words', { model: 'm', port: 'http' }, '--port: expected a whole number from 0 to 65535, received "http"'],
  [
    'falling buckets',
    { model: 'm', 'latency-buckets': '1,0.5' },
    '--latency-buckets: expected up to 200 rising numbers such as "0.1,0.25,0.5", received "1,0.5"',
  ],
  [
    'a gap among the buckets',
    { model: 'm', 'value-buckets': '1,,2' },
    '--value-buckets: expected up to 200 rising numbers such as "0.1,0.25,0.5", received "1,,2"',
  ],
  [
    'a class named twice',
    { model: 'm', classes: 'a,a' },
    '--classes: expected up to 100 different names such as "setosa,versicolor", received "a,a"',
  ],
  [
    'a time without its unit',
    { model: 'm', 'drain-timeout': '10' },
    '--drain-timeout: expected a duration such as "30s", received "10"',
  ],
  [
    'several models without names',
    { model: ['a.onnx', 'b.onnx'] },
    '--model: expected NAME=FILE with different names where there are several, received a list of 2',
  ],
  [
    'one name for two models',
    { model: ['a=a.onnx', 'a=b.onnx'] },
    '--model: expected NAME=FILE with different names where there are several, received a list of 2',
  ],
  [
    'an executor that is none',
    { model: 'm', executor: 'gpu' },
    '--executor: expected auto, inline, thread or process, received "gpu"',
  ],
  [
    'no time to wait',
    { model: 'm', 'queue-timeout': '0s' },
    '--queue-timeout: expected a duration above 0 such as "5s", received "0s"',
  ],
  [
    'a batch of nothing',
    { model: 'm', 'max-batch': '0' },
    '--max-batch: expected a whole number from 1 to 4096, received "0"',
  ],
]

for (const [name, values, fault] of REFUSED) {
  parse(`refuses ${name}`, () => {
    assert.is(refusal(values), SUBJECT + fault)
  })
}

parse('refuses an execution provider that ONNX Runtime does not know, and says which it does', () => {
  assert.match(
    refusal({ model: 'm', 'execution-provider': 'cpu,tpu' }),
    /--execution-provider: expected different names among cpu, .*, received "cpu,tpu"$/,
  )
})

parse('names all faults at once, those of the environment too', () => {
  assert.is(
    refusal({ 'max-queue': '-1' }, { PORT: 'x' }),
    [
      `${SUBJECT}3 faults`,
      '--model: expected the path of an ONNX model, by this option or MODEL_PATH, received nothing',
      '--port: expected a whole number from 0 to 65535, received "x"',
      '--max-queue: expected a whole number from 1 to 1000000, received "-1"',
    ].join('\n  '),
  )
})

parse.run()
