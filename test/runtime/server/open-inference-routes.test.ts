import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  buildInferenceApp,
  batchingExecutor,
  ServingError,
  singleModel,
  type AnsweredRequest,
  type InferenceApp,
  type InferenceAppOptions,
  type Model,
  type ModelCatalogue,
  type ServedModel,
} from '#runtime'
import { doublingModel, rememberingRecorder, withExample, withModel } from '../builders.ts'
import { identityModel } from '../onnx-model.ts'

const oip = suite('addOpenInferenceRoutes()')

interface Served extends InferenceApp {
  readonly calls: readonly string[]
  readonly answered: readonly AnsweredRequest[]
}

function serveCatalogue(catalogue: ModelCatalogue, change: Partial<InferenceAppOptions> = {}): Served {
  const recorder = rememberingRecorder()
  const answered: AnsweredRequest[] = []
  const built = buildInferenceApp({
    catalogue,
    recorder,
    exposition: { contentType: 'text/plain', text: () => Promise.resolve('') },
    classNames: [],
    maxBodyBytes: 10_000,
    maxRows: 10,
    serverVersion: '1.2.3',
    onModelFailure: () => undefined,
    onFault: (error) => {
      throw error
    },
    onAnswered: (request) => answered.push(request),
    ...change,
  })
  built.phase = 'ready'
  return Object.assign(built, { calls: recorder.calls, answered })
}

function serve(model: Model): Served {
  return serveCatalogue(singleModel(model, batchingExecutor(model, { maxBatchRows: 64, maxQueuedRows: 100 })))
}

/** Version `n` multiplies by `n`; version 3 is still loading. */
function versions(): ModelCatalogue {
  const models: ServedModel[] = ['1', '2'].map((version) => ({
    ...doublingModel(),
    version,
    run: ({ feeds: [x] }) => {
      const data = (x!.data as Float32Array).map((value) => value * Number(version))
      return Promise.resolve([{ ...x!, data }])
    },
  }))
  return {
    find: (name = 'doubling', version = '2') =>
      models.find((model) => model.name === name && model.version === version),
    list: () => [
      ...models.map(({ name, version }) => ({ name, version, state: 'ready' as const, reason: '' })),
      { name: 'doubling', version: '3', state: 'loading', reason: '' },
      { name: 'broken', version: '1', state: 'failed', reason: 'no such file' },
    ],
    stuckMs: () => 0,
  }
}

async function get({ server }: InferenceApp, url: string): Promise<[number, unknown]> {
  const { statusCode, body } = await server.inject(url)
  return [statusCode, JSON.parse(body)]
}

async function post({ server }: InferenceApp, url: string, value: unknown): Promise<[number, unknown]> {
  const { statusCode, body } = await server.inject({ method: 'POST', url, payload: JSON.stringify(value) })
  return [statusCode, JSON.parse(body)]
}

const ONE = { inputs: [{ name: 'x', shape: [1, 1], datatype: 'FP32', data: [21] }] }

oip('infers', () =>
  withExample('iris/stable', async (model) => {
    const input = { name: 'input', shape: [2, 4], datatype: 'FP32', data: [5.1, 3.5, 1.4, 0.2, 6.7, 3, 5.2, 2.3] }
    const request = { id: 'a7', inputs: [input], outputs: [{ name: 'label' }] }
    assert.equal(await post(serve(model), '/v2/models/stable/infer', request), [
      200,
      {
        model_name: 'stable',
        model_version: '1',
        id: 'a7',
        outputs: [{ name: 'label', datatype: 'INT64', shape: [2], data: [0, 2] }],
      },
    ])
  }),
)

oip('infers from binary tensors', async () => {
  const json = JSON.stringify({
    inputs: [{ name: 'x', shape: [2, 1], datatype: 'FP32', parameters: { binary_data_size: 8 } }],
    parameters: { binary_data_output: true },
  })
  const response = await serve(doublingModel()).server.inject({
    method: 'POST',
    url: '/v2/models/doubling/infer',
    headers: { 'Inference-Header-Content-Length': String(json.length) },
    payload: Buffer.concat([Buffer.from(json), new Uint8Array(Float32Array.of(1, 2.5).buffer)]),
  })
  assert.is(response.statusCode, 200, response.body)
  assert.is(response.headers['content-type'], 'application/octet-stream')
  const jsonBytes = Number(response.headers['inference-header-content-length'])
  const { outputs } = JSON.parse(response.rawPayload.subarray(0, jsonBytes).toString()) as { outputs: unknown }
  assert.equal(outputs, [{ name: 'y', datatype: 'FP32', shape: [2, 1], parameters: { binary_data_size: 8 } }])
  assert.is(response.rawPayload.subarray(jsonBytes).toString('hex'), '00000040' + '0000a040')
})

oip('infers from nothing but bytes', async () => {
  const response = await serve(doublingModel()).server.inject({
    method: 'POST',
    url: '/v2/models/doubling/infer',
    headers: { 'Inference-Header-Content-Length': '0' },
    payload: Buffer.from('0000c03f', 'hex'),
  })
  assert.is(response.rawPayload.subarray(-4).toString('hex'), '00004040')
})

oip('carries half floats through ONNX Runtime', () =>
  withModel(identityModel('float16', ['N']), async (model) => {
    const payload = Buffer.from('003c' + '007e' + '00fc' + 'ff7b', 'hex')
    const headers = { 'inference-header-content-length': '0' }
    const url = '/v2/models/made/infer'
    const response = await serve(model).server.inject({ method: 'POST', url, headers, payload })
    assert.is(response.rawPayload.subarray(-8).toString('hex'), payload.toString('hex'))
  }),
)

oip('carries 64-bit integers with all their digits', () =>
  withModel(identityModel('int64', ['N']), async (model) => {
    const payload =
      '{"inputs":[{"name":"x","shape":[2],"datatype":"INT64","data":[9223372036854775807,-9007199254740993]}]}'
    const { body } = await serve(model).server.inject({ method: 'POST', url: '/v2/models/made/infer', payload })
    assert.match(body, /"data":\[9223372036854775807,-9007199254740993\]/)
  }),
)

oip('counts what it infers as /predict is counted, under its pattern', async () => {
  const served = serve(doublingModel())
  const [code] = await post(served, '/v2/models/doubling/versions/1/infer', ONE)
  assert.is(code, 200)
  await post(served, '/v2/models/doubling/infer', {})
  await post(served, '/v2/models/tripling/infer', ONE)
  assert.equal(served.calls, [
    'value y 42',
    'request /v2/models/:model/versions/:version/infer 200',
    'latency /v2/models/:model/versions/:version/infer measured',
    'request /v2/models/:model/infer 400',
    'request /v2/models/:model/infer 404',
  ])
})

oip('counts neither health nor metadata', async () => {
  const served = serve(doublingModel())
  for (const url of [
    '/v2',
    '/v2/health/live',
    '/v2/health/ready',
    '/v2/models/doubling',
    '/v2/models/doubling/ready',
  ]) {
    assert.is((await get(served, url))[0], 200, url)
  }
  assert.is((await post(served, '/v2/repository/index', {}))[0], 200)
  assert.equal(served.calls, [])
})

oip('tells of answered requests', async () => {
  const served = serve(doublingModel())
  await post(served, '/v2/models/doubling/infer', ONE)
  await post(served, '/v2/models/doubling/infer', {})
  assert.is(served.answered.length, 1)
  const [{ model, job, outputs, latencyMs }] = served.answered as [AnsweredRequest]
  assert.is(model.name, 'doubling')
  assert.equal(job.feeds[0]!.data, Float32Array.of(21))
  assert.equal(outputs?.[0]?.data, Float32Array.of(42))
  assert.ok(latencyMs > 0)
})

oip('tells of requests that the model failed at, without outputs', async () => {
  const failing = { run: () => Promise.reject(new ServingError('modelFailed', 'Cannot run it: odd')) }
  const served = serveCatalogue(singleModel(doublingModel(), failing))
  assert.equal(await post(served, '/predict', { inputs: [1] }), [500, { error: 'Cannot run it: odd' }])
  assert.equal(
    served.answered.map(({ outputs }) => outputs),
    [undefined],
  )
})

for (const code of ['overloaded', 'draining'] as const) {
  oip(`answers 503 with Retry-After when ${code}, and tells nobody`, async () => {
    const refusing = { run: () => Promise.reject(new ServingError(code, 'Cannot run it: no room')) }
    const served = serveCatalogue(singleModel(doublingModel(), refusing))
    const url = '/v2/models/doubling/infer'
    const response = await served.server.inject({ method: 'POST', url, payload: JSON.stringify(ONE) })
    assert.is(response.statusCode, 503)
    assert.is(response.headers['retry-after'], '1')
    assert.is(response.body, '{"error":"Cannot run it: no room"}')
    assert.equal(served.answered, [])
  })
}

oip('describes the server', async () => {
  assert.equal(await get(serve(doublingModel()), '/v2'), [
    200,
    { name: 'modelgate', version: '1.2.3', extensions: ['binary_tensor_data'] },
  ])
})

oip('describes a model', async () => {
  assert.equal(await get(serve(doublingModel()), '/v2/models/doubling'), [
    200,
    {
      name: 'doubling',
      versions: ['1'],
      platform: 'onnx_onnxv1',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 1] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1] }],
      parameters: { sha256: '00' },
    },
  ])
})

oip('is live in every phase and ready in one', async () => {
  const served = serve(doublingModel())
  for (const [phase, code] of [
    ['starting', 503],
    ['ready', 200],
    ['draining', 503],
  ] as const) {
    served.phase = phase
    assert.equal(await get(served, '/v2/health/live'), [200, { live: true }])
    assert.equal(await get(served, '/v2/health/ready'), [code, { ready: code === 200 }])
    const model = await get(served, '/v2/models/doubling/ready')
    assert.equal(model, [code, { name: 'doubling', ready: code === 200 }])
  }
})

oip('serves the versions of a model', async () => {
  const served = serveCatalogue(versions())
  const outputs = async (path: string) => {
    const [, answer] = await post(served, `/v2/models/doubling${path}/infer`, ONE)
    const { model_version: version, outputs: all } = answer as { model_version: string; outputs: { data: number[] }[] }
    return [version, all[0]!.data]
  }
  assert.equal(await outputs(''), ['2', [42]])
  assert.equal(await outputs('/versions/1'), ['1', [21]])
  assert.equal(await post(served, '/predict', { inputs: [3] }), [200, { prediction: [6] }])
  assert.equal(await post(served, '/v2/predict', { inputs: [3] }), [200, { prediction: [6] }])
  assert.equal(await post(served, '/v1/predict', { inputs: [3] }), [200, { prediction: [3] }])
  assert.equal(
    served.calls.filter((call) => call.startsWith('request')).slice(2),
    Array(3).fill('request /predict 200'),
  )
})

oip('answers 404 for what nobody knows and 503 for what is not ready', async () => {
  const served = serveCatalogue(versions())
  const known = "'doubling' version 1, 'doubling' version 2, 'doubling' version 3"
  for (const [url, code, error] of [
    ['/v2/models/doubling/versions/9', 404, `Cannot find model 'doubling', version 9: there is ${known}`],
    ['/v2/models/other', 404, `Cannot find model 'other': there is ${known}, 'broken' version 1`],
    ['/v2/models/other/ready', 404, `Cannot find model 'other': there is ${known}, 'broken' version 1`],
    ['/v2/models/doubling/versions/3', 503, "Cannot use model 'doubling', version 3: it is loading"],
    ['/v2/models/broken', 503, "Cannot use model 'broken': it is failed"],
  ] as const) {
    assert.equal(await get(served, url), [code, { error }])
  }
  assert.equal(await get(served, '/v2/models/broken/ready'), [503, { name: 'broken', ready: false }])
  assert.is((await post(served, '/v9/predict', { inputs: [3] }))[0], 404)
})

oip('lists the models', async () => {
  const served = serveCatalogue(versions())
  const entry = { name: 'doubling', state: 'READY', reason: '' }
  const ready = [
    { ...entry, version: '1' },
    { ...entry, version: '2' },
  ]
  assert.equal(await post(served, '/v2/repository/index', { ready: true }), [200, ready])
  assert.equal(await post(served, '/v2/repository/index', {}), [
    200,
    [
      ...ready,
      { ...entry, version: '3', state: 'LOADING' },
      { name: 'broken', version: '1', state: 'UNAVAILABLE', reason: 'no such file' },
    ],
  ])
  assert.is((await served.server.inject({ method: 'POST', url: '/v2/repository/index' })).statusCode, 200)
  assert.is((await post(served, '/v2/repository/index', { ready: 1 }))[0], 400)
  assert.equal(await get(served, '/v2/models'), [200, { models: ['doubling', 'broken'] }])
})

for (const [header, body] of [
  ['3', '{}'],
  ['-1', '{}'],
  ['1e1', '{}          '],
  ['99999999999', '{}'],
] as const) {
  oip(`answers 400 to a JSON length of ${header} for ${body.length} bytes`, async () => {
    const response = await serve(doublingModel()).server.inject({
      method: 'POST',
      url: '/v2/models/doubling/infer',
      headers: { 'inference-header-content-length': header },
      payload: body,
    })
    assert.is(response.statusCode, 400)
    assert.match(response.body, /^\{"error":"Cannot use the request: header Inference-Header-Content-Length: expected/)
  })
}

oip('answers 405, 413 and 415 in the shape of the protocol', async () => {
  const { server } = serve(doublingModel())
  const url = '/v2/models/doubling/infer'
  const wrong = await server.inject({ method: 'GET', url })
  assert.equal([wrong.statusCode, wrong.headers['allow']], [405, 'POST'])
  assert.is(wrong.body, '{"error":"Cannot GET /v2/models/doubling/infer: expected POST"}')
  const long = await server.inject({ method: 'POST', url, payload: ' '.repeat(10_001) })
  assert.is(long.statusCode, 413)
  assert.match(long.body, /^\{"error":"Cannot read the request: /)
  const packed = await server.inject({ method: 'POST', url, payload: 'x', headers: { 'content-encoding': 'gzip' } })
  assert.is(packed.statusCode, 415)
  assert.is(packed.body, '{"error":"Cannot read the request: expected no content encoding, received \\"gzip\\""}')
})

oip.run()
