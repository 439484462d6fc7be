import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  buildInferenceApp,
  batchingExecutor,
  ServingError,
  singleModel,
  type Executor,
  type InferenceApp,
  type InferenceAppOptions,
  type Model,
} from '#runtime'
import { doublingModel, rememberingRecorder, withExample, withModel } from '../builders.ts'
import { onnxModel } from '../onnx-model.ts'

const app = suite('buildInferenceApp()')

interface Served extends InferenceApp {
  readonly calls: readonly string[]
  readonly faults: unknown[]
  readonly failures: string[]
}

type Change = Partial<InferenceAppOptions> & { readonly executor?: Pick<Executor, 'run'> }

function serve(model: Model, { executor, ...change }: Change = {}): Served {
  const recorder = rememberingRecorder()
  const faults: unknown[] = []
  const failures: string[] = []
  const built = buildInferenceApp({
    catalogue: singleModel(model, executor ?? batchingExecutor(model, { maxBatchRows: 64, maxQueuedRows: 100 })),
    recorder,
    exposition: { contentType: 'text/plain; version=0.0.4', text: () => Promise.resolve('a_metric 1\n') },
    classNames: [],
    maxBodyBytes: 10_000,
    maxRows: 10,
    onModelFailure: ({ message }) => failures.push(message),
    onFault: (error) => faults.push(error),
    ...change,
  })
  built.phase = 'ready'
  return Object.assign(built, { calls: recorder.calls, faults, failures })
}

function post({ server }: InferenceApp, payload: string | object, headers: Record<string, string> = {}) {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload)
  return server.inject({ method: 'POST', url: '/predict', payload: body, headers })
}

app('predicts', () =>
  withExample('iris/stable', async (model) => {
    const response = await post(serve(model), { inputs: [5.1, 3.5, 1.4, 0.2] })
    assert.is(response.statusCode, 200)
    assert.is(response.headers['content-type'], 'application/json; charset=utf-8')
    assert.is(response.body, '{"prediction":[0]}')
  }),
)

app('records how long an answer took', async () => {
  const model = doublingModel()
  const seconds: number[] = []
  const recorder = { ...rememberingRecorder(), latency: (_endpoint: string, taken: number) => seconds.push(taken) }
  const executor = batchingExecutor(model, { maxBatchRows: 64, maxQueuedRows: 100 })
  const waits: Executor = { ...executor, run: (job) => delay(30).then(() => executor.run(job)) }
  assert.is((await post(serve(model, { recorder, executor: waits }), { inputs: [1] })).statusCode, 200)
  assert.is(seconds.length, 1)
  assert.ok(seconds[0]! >= 0.025 && seconds[0]! < 30, `took ${seconds[0]} s`)
})

app('predicts rows and gives the outputs that were asked for', () =>
  withExample('iris/stable', async (model) => {
    const response = await post(serve(model), {
      inputs: {
        input: [
          [5.1, 3.5, 1.4, 0.2],
          [6.7, 3, 5.2, 2.3],
        ],
      },
      outputs: ['probabilities'],
    })
    const answer = JSON.parse(response.body) as { prediction: number[]; outputs: { probabilities: number[][] } }
    assert.equal(answer.prediction, [0, 2])
    for (const row of answer.outputs.probabilities) {
      assert.ok(Math.abs(row.reduce((sum, share) => sum + share, 0) - 1) < 1e-5)
    }
  }),
)

app("gives scikit-learn's answers for all rows of iris", () =>
  withExample('iris/stable', async (model) => {
    const path = new URL('../../../runtime/examples/iris/expected.json', import.meta.url)
    const { dataset } = JSON.parse(readFileSync(path, 'utf8')) as { dataset: { inputs: number[][]; labels: string } }
    const response = await post(serve(model, { maxRows: 150 }), { inputs: dataset.inputs })
    assert.is((JSON.parse(response.body) as { prediction: number[] }).prediction.join(''), dataset.labels)
  }),
)

app('predicts values', () =>
  withExample('diabetes/stable', async (model) => {
    const served = serve(model)
    const row = readFileSync(new URL('../../../runtime/examples/diabetes/requests.jsonl', import.meta.url), 'utf8')
    const { body } = await post(served, row.split('\n')[0]!)
    const { prediction } = JSON.parse(body) as { prediction: number[] }
    assert.is(prediction.length, 1)
    assert.equal(served.calls, [`value value ${prediction[0]}`, 'request /predict 200', 'latency /predict measured'])
  }),
)

app('predicts from several inputs', () => {
  const bytes = onnxModel({
    inputs: [
      { name: 'a', type: 'float32', shape: ['N'] },
      { name: 'b', type: 'float32', shape: ['N'] },
    ],
    outputs: [{ name: 'sum', type: 'float32', shape: ['N'] }],
    nodes: [{ op: 'Add', inputs: ['a', 'b'], outputs: ['sum'] }],
  })
  return withModel(bytes, async (model) => {
    assert.is((await post(serve(model), { inputs: { b: [3, 4], a: [1, 2] } })).body, '{"prediction":[4,6]}')
  })
})

app('does not hide NaN', () =>
  withExample('iris/nan', async (model) => {
    const served = serve(model)
    const { body } = await post(served, { inputs: [7, 3, 5, 2.4], outputs: ['probabilities'] })
    assert.match(body, /"probabilities":\[\["NaN","NaN","NaN"\]\]/)
    assert.ok(served.calls.includes('nonFinite probabilities 3'))
  }),
)

app('takes a body of any media type or none', () =>
  withExample('iris/stable', async (model) => {
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain', undefined]) {
      const headers = type === undefined ? {} : { 'content-type': type }
      const response = await post(serve(model), '{"inputs":[5.1,3.5,1.4,0.2]}', headers)
      assert.is(response.body, '{"prediction":[0]}', type)
    }
  }),
)

app('answers 400 with every fault and counts it', async () => {
  const served = serve(doublingModel())
  const response = await post(served, { inputs: ['a'], extra: 1 })
  assert.is(response.statusCode, 400)
  assert.equal(JSON.parse(response.body), {
    error:
      'Cannot use the request: 2 faults\n  unknown key "extra"\n' +
      '  inputs[0]: expected a number within float32, received "a"',
  })
  assert.equal(served.calls, ['request /predict 400'])
})

app('answers 413 to a body that is too long', async () => {
  const served = serve(doublingModel())
  const response = await post(served, `{"inputs":[${'1,'.repeat(6_000)}1]}`)
  assert.is(response.statusCode, 413)
  assert.equal(served.calls, ['request /predict 413'])
})

app('answers 404 and says what there is', async () => {
  const served = serve(doublingModel())
  const response = await served.server.inject({ method: 'GET', url: '/nothing?x=1' })
  assert.is(response.statusCode, 404)
  assert.match(response.body, /^\{"error":"Cannot GET \/nothing: expected POST \/predict, .*GET \/metrics"\}$/)
  assert.equal(served.calls, ['request unmatched 404'])
})

app('answers 400 to a path that cannot be read', async () => {
  const served = serve(doublingModel())
  const response = await served.server.inject({ method: 'GET', url: '/%zz' })
  assert.is(response.statusCode, 400)
  assert.equal(JSON.parse(response.body), { error: "Cannot read the request: '/%zz' is not a valid url component" })
  assert.equal(served.calls, ['request unmatched 400'])
})

app('answers 405 and says which method', async () => {
  const served = serve(doublingModel())
  const response = await served.server.inject({ method: 'GET', url: '/predict' })
  assert.is(response.statusCode, 405)
  assert.is(response.headers['allow'], 'POST')
  assert.equal(served.calls, ['request unmatched 405'])
  assert.is((await served.server.inject({ method: 'DELETE', url: '/healthz' })).statusCode, 405)
})

app('answers 500 in one line when the model fails, and tells of it', () =>
  withExample('iris/failing', async (model) => {
    const served = serve(model)
    const response = await post(served, { inputs: [7, 3, 6.5, 2] })
    assert.is(response.statusCode, 500)
    const { error } = JSON.parse(response.body) as { error: string }
    assert.match(error, /^Cannot run model 'failing': [^\n]*out of data bounds[^\n]*$/)
    assert.equal(served.failures, [error])
    assert.equal(served.calls, ['request /predict 500', 'latency /predict measured'])
  }),
)

app('fails only the guilty of requests that run together', () =>
  withExample('iris/failing', async (model) => {
    const served = serve(model)
    const rows = Array.from({ length: 20 }, (_, i) => [7, 3, i % 10 === 3 ? 6.5 : 1.4, 0.2])
    const responses = await Promise.all(rows.map((inputs) => post(served, { inputs })))
    assert.equal(
      responses.flatMap(({ statusCode }, i) => (statusCode === 500 ? [i] : [])),
      [3, 13],
    )
    assert.equal(responses.filter(({ statusCode }) => statusCode === 200).length, 18)
  }),
)

for (const code of ['overloaded', 'draining'] as const) {
  app(`answers 503 with Retry-After when ${code}`, async () => {
    const executor = { run: () => Promise.reject(new ServingError(code, 'Cannot run it: no room')) }
    const served = serve(doublingModel(), { executor })
    const response = await post(served, { inputs: [1] })
    assert.is(response.statusCode, 503)
    assert.is(response.headers['retry-after'], '1')
    assert.equal(JSON.parse(response.body), { error: 'Cannot run it: no room' })
    assert.equal(served.calls, ['request /predict 503'])
  })
}

app('keeps its own faults to itself and reports them', async () => {
  const fault = new TypeError('secret detail')
  const served = serve(doublingModel(), { executor: { run: () => Promise.reject(fault) } })
  const response = await post(served, { inputs: [1] })
  assert.is(response.statusCode, 500)
  assert.equal(JSON.parse(response.body), { error: 'Cannot answer: the server has an internal fault' })
  assert.is(served.faults[0], fault)
})

app('is alive in every phase and ready in one', async () => {
  const served = serve(doublingModel())
  const codes: number[][] = []
  for (const phase of ['starting', 'ready', 'draining'] as const) {
    served.phase = phase
    const [alive, ready] = [await served.server.inject('/healthz'), await served.server.inject('/readyz')]
    codes.push([alive.statusCode, ready.statusCode])
    assert.equal(JSON.parse(ready.body), { status: phase })
  }
  assert.equal(codes, [
    [200, 503],
    [200, 200],
    [200, 503],
  ])
  assert.equal(served.calls, [])
})

app('is not ready while a model hangs, and dead when it has hung for a minute', async () => {
  const model = doublingModel()
  let stuckMs = 0
  const catalogue = {
    ...singleModel(model, batchingExecutor(model, { maxBatchRows: 64, maxQueuedRows: 100 })),
    stuckMs: () => stuckMs,
  }
  const served = serve(model, { catalogue })
  const codes: number[][] = []
  for (stuckMs of [0, 1, 59_999, 60_000]) {
    const paths = ['/readyz', '/v2/health/ready', '/v2/models/doubling/ready', '/healthz', '/v2/health/live']
    codes.push([])
    for (const path of paths) codes.at(-1)!.push((await served.server.inject(path)).statusCode)
  }
  assert.equal(codes, [
    [200, 200, 200, 200, 200],
    [503, 503, 503, 200, 200],
    [503, 503, 503, 200, 200],
    [503, 503, 503, 503, 503],
  ])
  assert.is((await served.server.inject('/healthz')).body, '{"status":"stuck"}')
})

app('counts nothing while starting', async () => {
  const served = serve(doublingModel())
  served.phase = 'starting'
  assert.is((await post(served, { inputs: [1] })).statusCode, 200)
  assert.is((await post(served, '')).statusCode, 400)
  assert.equal(served.calls, [])
})

app('still answers while draining, and asks to close the connection', async () => {
  const served = serve(doublingModel())
  assert.is((await post(served, { inputs: [1] })).headers.connection, 'keep-alive')
  served.phase = 'draining'
  const response = await post(served, { inputs: [1] })
  assert.is(response.body, '{"prediction":[2]}')
  assert.is(response.headers.connection, 'close')
})

app('shows the metrics', async () => {
  const response = await serve(doublingModel()).server.inject('/metrics')
  assert.is(response.headers['content-type'], 'text/plain; version=0.0.4')
  assert.is(response.body, 'a_metric 1\n')
})

app('answers mutated requests with 200 or 400 and nothing else', () =>
  withExample('iris/stable', async (model) => {
    const served = serve(model)
    const bytes = Buffer.from('{"inputs":[[5.1,3.5,1.4,0.2],[6.7,3,5.2,2.3]],"outputs":["probabilities"]}')
    const codes = new Map<number, number>()
    for (let at = 0; at < bytes.length; at += 1) {
      for (const byte of [0, 0x22, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d, 0x39, 0x65, 0xff]) {
        const mutated = Buffer.from(bytes)
        mutated[at] = byte
        const { statusCode, body } = await served.server.inject({ method: 'POST', url: '/predict', payload: mutated })
        JSON.parse(body)
        codes.set(statusCode, (codes.get(statusCode) ?? 0) + 1)
      }
    }
    assert.equal([...codes.keys()].sort(), [200, 400])
    assert.equal(served.faults, [])
  }),
)

app.run()
