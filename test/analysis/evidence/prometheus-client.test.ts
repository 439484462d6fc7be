import { rejects } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseInput } from '#faults'
import {
  connectPrometheus,
  policySchema,
  prometheusClient,
  PrometheusFault,
  type PrometheusClient,
  type PrometheusSettings,
} from '#evidence'
import { matrixOf, respond, StubPrometheus } from '../../support/stub-prometheus.ts'

const patient = () => new AbortController().signal

const NOW_MS = 1_767_225_600_500

const SECRET = 's3cr3t-value'

const tlsFile = (name: string) => readFileSync(new URL(`../../support/tls/${name}`, import.meta.url), 'utf8')

const files: Readonly<Record<string, string>> = {
  '/password': `${SECRET}\n`,
  '/token': `${SECRET}\n`,
  '/ca': tlsFile('ca.pem'),
  '/cert': tlsFile('client.pem'),
  '/key': tlsFile('client-key.pem'),
}

const readFile = (path: string) => {
  const text = files[path]
  return text === undefined ? Promise.reject(new Error(`ENOENT: no such file, open '${path}'`)) : Promise.resolve(text)
}

/** Settings as a policy gives them. */
function settingsOf(address: string, more: object = {}): PrometheusSettings {
  const { prometheus } = parseInput(
    policySchema,
    { signals: { errorRate: {} }, prometheus: { address, ...more } },
    'policy',
  )
  if (prometheus === undefined) throw new Error('Cannot build settings: the policy has none')
  return prometheus
}

interface Asked {
  readonly stub: StubPrometheus
  readonly client: PrometheusClient
}

/** Runs a test with a stub server and a client of it, and closes both. */
async function withClient(more: object, run: (asked: Asked) => Promise<void>, tls?: object): Promise<void> {
  const stub = await StubPrometheus.start(tls)
  const connection = await connectPrometheus(settingsOf(stub.address, more), readFile)
  try {
    await run({ stub, client: prometheusClient(connection) })
  } finally {
    connection.close()
    await stub.stop()
  }
}

const faultOf = async (promise: Promise<unknown>): Promise<PrometheusFault> => {
  try {
    await promise
  } catch (error) {
    if (error instanceof PrometheusFault) return error
    throw error
  }
  throw new Error('Cannot look at a fault: there was none')
}

const ask = suite('prometheusClient()')

ask('reads raw samples and asks for them once, at the given time, with the time limit', async () => {
  await withClient({ timeout: '7s' }, async ({ stub, client }) => {
    stub.answer = (_, response) => {
      respond(response, 200, matrixOf([{ metric: { __name__: 'a' }, values: [[1_767_225_600.25, '4']] }]))
    }
    const series = await client.rawSeries('a{}[60s]', NOW_MS, patient())
    assert.equal(
      series.map(({ labels, timesMs, values }) => [{ ...labels }, timesMs, values]),
      [[{ __name__: 'a' }, [1_767_225_600_250], [4]]],
    )
    assert.is(stub.questions.length, 1)
    assert.is(stub.questions[0]?.path, '/api/v1/query')
    assert.equal(Object.fromEntries(stub.questions[0]?.params ?? []), {
      query: 'a{}[60s]',
      time: '1767225600.5',
      timeout: '7000ms',
    })
  })
})

ask('keeps the path of the address', async () => {
  const stub = await StubPrometheus.start()
  const connection = await connectPrometheus(settingsOf(`${stub.address}/select/0/prometheus/`), readFile)
  await prometheusClient(connection).rawSeries('a{}[60s]', NOW_MS, patient())
  assert.is(stub.questions[0]?.path, '/select/0/prometheus/api/v1/query')
  connection.close()
  await stub.stop()
})

ask('knows whether a selector has series', async () => {
  await withClient({}, async ({ stub, client }) => {
    const vector = (result: readonly object[]) => ({ status: 'success', data: { resultType: 'vector', result } })
    stub.answer = ({ params }, response) => {
      respond(response, 200, vector(params.get('query') === 'count(up)' ? [{ metric: {}, value: [1, '3'] }] : []))
    }
    assert.is(await client.hasSeries('up', NOW_MS, patient()), true)
    assert.is(await client.hasSeries('down', NOW_MS, patient()), false)
  })
})

ask('reads the values of a label', async () => {
  await withClient({}, async ({ stub, client }) => {
    stub.answer = (_, response) => {
      respond(response, 200, { status: 'success', data: ['a', 'b'] })
    }
    assert.equal(await client.labelValues('hash', 'up{}', 1_000, 2_000, patient()), ['a', 'b'])
    assert.is(stub.questions[0]?.path, '/api/v1/label/hash/values')
    assert.equal(Object.fromEntries(stub.questions[0]?.params ?? []), { 'match[]': 'up{}', start: '1', end: '2' })
  })
})

ask('sends one request for the same question asked twice at once', async () => {
  await withClient({}, async ({ stub, client }) => {
    await Promise.all([
      client.rawSeries('a{}[60s]', NOW_MS, patient()),
      client.rawSeries('a{}[60s]', NOW_MS, patient()),
    ])
    assert.is(stub.questions.length, 1)
    await Promise.all([
      client.rawSeries('a{}[60s]', NOW_MS, patient()),
      client.rawSeries('b{}[60s]', NOW_MS, patient()),
    ])
    assert.is(stub.questions.length, 3)
  })
})

for (const [what, settings, expected] of [
  [
    'a password',
    { basicAuth: { username: 'u', passwordFile: '/password' } },
    `Basic ${Buffer.from(`u:${SECRET}`).toString('base64')}`,
  ],
  ['a token', { bearerTokenFile: '/token' }, `Bearer ${SECRET}`],
] as const) {
  ask(`sends ${what} and the configured headers`, async () => {
    await withClient({ ...settings, headers: { 'X-Scope-OrgID': 'team' } }, async ({ stub, client }) => {
      await client.rawSeries('a{}[60s]', NOW_MS, patient())
      assert.is(stub.questions[0]?.headers.authorization, expected)
      assert.is(stub.questions[0]?.headers['x-scope-orgid'], 'team')
    })
  })
}

ask('speaks TLS with a certificate of its own to a server of a private authority', async () => {
  const tls = {
    key: tlsFile('server-key.pem'),
    cert: tlsFile('server.pem'),
    ca: tlsFile('ca.pem'),
    requestCert: true,
    rejectUnauthorized: true,
  }
  const mutual = { tls: { caFile: '/ca', certFile: '/cert', keyFile: '/key' } }
  await withClient(
    mutual,
    async ({ client }) => {
      assert.equal(await client.rawSeries('a{}[60s]', NOW_MS, patient()), [])
    },
    tls,
  )
})

ask('refuses a server of an unknown authority unless told not to look', async () => {
  const tls = { key: tlsFile('server-key.pem'), cert: tlsFile('server.pem') }
  await withClient(
    {},
    async ({ client }) => {
      const { kind, message } = await faultOf(client.rawSeries('a{}[60s]', NOW_MS, patient()))
      assert.is(kind, 'unavailable')
      assert.match(message, /certificate/)
    },
    tls,
  )
  const careless = { tls: { insecureSkipVerify: true } }
  await withClient(
    careless,
    async ({ client }) => {
      assert.equal(await client.rawSeries('a{}[60s]', NOW_MS, patient()), [])
    },
    tls,
  )
})

const json = (status: number, body: unknown) => (response: ServerResponse) => {
  respond(response, status, body)
}

for (const [what, answer, kind, expected] of [
  [
    'status 500',
    json(500, { status: 'error', errorType: 'internal', error: 'out of memory' }),
    'unavailable',
    'status 500, out of memory',
  ],
  ['status 503 with a page of HTML', json(503, '<html>try later</html>'), 'unavailable', 'status 503'],
  [
    'status 400',
    json(400, { status: 'error', errorType: 'bad_data', error: 'parse error' }),
    'refused',
    'status 400, parse error',
  ],
  ['status 401', json(401, 'Unauthorized'), 'refused', 'status 401'],
  ['status 404', json(404, '404 page not found'), 'refused', 'status 404'],
  [
    'a redirect',
    (response: ServerResponse) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    'refused',
    'status 302',
  ],
  ['status 429', json(429, ''), 'unavailable', 'status 429'],
  [
    'too many samples',
    json(422, { status: 'error', error: 'query processing would load too many samples into memory' }),
    'tooMuch',
    'too many samples',
  ],
  ['another status 422', json(422, { status: 'error', error: 'query timed out' }), 'unavailable', 'query timed out'],
  ['garbage', json(200, '\u0000\u0001garbage'), 'unavailable', 'Cannot read JSON: expected an object at byte 0'],
  [
    'half an answer',
    json(200, '{"status":"success","data":{"resultType":"matrix","result":[{"met'),
    'unavailable',
    'Cannot read JSON',
  ],
  ['an empty answer', json(200, ''), 'unavailable', 'Cannot read JSON'],
  [
    'another type of answer',
    json(200, { status: 'success', data: { resultType: 'vector', result: [] } }),
    'unavailable',
    'expected a matrix, received vector',
  ],
  [
    'a partial answer',
    json(200, { ...matrixOf([]), warnings: ['store 2 did not answer'] }),
    'unavailable',
    'half an answer: store 2 did not answer',
  ],
  [
    'a connection that breaks off',
    (response: ServerResponse) => response.destroy(),
    'connectionLost',
    'socket hang up',
  ],
] as const) {
  ask(`takes ${what} for a fault of kind ${kind}, and names address and query but no secret`, async () => {
    const settings = { bearerTokenFile: '/token', headers: { 'X-Secret': SECRET } }
    await withClient(settings, async ({ stub, client }) => {
      stub.answer = (_, response) => {
        answer(response)
      }
      const fault = await faultOf(client.rawSeries('requests_total{}[60s]', NOW_MS, patient()))
      assert.is(fault.kind, kind, fault.message)
      assert.ok(fault.message.startsWith(`Cannot ask Prometheus at ${stub.address}: `), fault.message)
      assert.match(fault.message, expected)
      assert.match(fault.message, 'requests_total{}[60s]')
      const everything = JSON.stringify([fault.message, fault.stack, fault.cause, Object.entries(fault)])
      assert.not.match(everything, SECRET)
    })
  })
}

ask('asks again at once when a connection was lost', async () => {
  await withClient({}, async ({ stub, client }) => {
    stub.answer = (_, response) => {
      if (stub.questions.length === 1) response.destroy()
      else respond(response, 200, matrixOf([]))
    }
    assert.equal(await client.rawSeries('a{}[60s]', NOW_MS, patient()), [])
    assert.is(stub.questions.length, 2)
  })
})

ask('takes a server that is not there for unavailable', async () => {
  const stub = await StubPrometheus.start()
  await stub.stop()
  const connection = await connectPrometheus(settingsOf(stub.address), readFile)
  const { kind, message } = await faultOf(prometheusClient(connection).rawSeries('a{}[60s]', NOW_MS, patient()))
  assert.is(kind, 'unavailable')
  assert.match(message, 'ECONNREFUSED')
  connection.close()
})

for (const [what, answer] of [
  ['never answers', () => undefined],
  ['never ends its answer', (response: ServerResponse) => response.writeHead(200).write('{"status":')],
] as const) {
  ask(`gives up on a server that ${what}, after the time limit`, async () => {
    await withClient({ timeout: '150ms' }, async ({ stub, client }) => {
      stub.answer = (_, response) => {
        answer(response)
      }
      const { kind, message } = await faultOf(client.rawSeries('a{}[60s]', NOW_MS, patient()))
      assert.is(kind, 'unavailable')
      assert.match(message, /: no answer within 150 ms, query a\{\}\[60s\]$/)
    })
  })
}

ask('ends a question when its caller leaves', async () => {
  await withClient({}, async ({ stub, client }) => {
    const leaving = new AbortController()
    const closed = Promise.withResolvers<undefined>()
    stub.answer = (_, response) => {
      response.on('close', () => {
        closed.resolve(undefined)
      })
      leaving.abort(new Error('going home'))
    }
    await rejects(client.rawSeries('a{}[60s]', NOW_MS, leaving.signal), /going home/)
    await closed.promise
  })
})

ask('stops reading an answer above 64 MiB', async () => {
  await withClient({}, async ({ stub, client }) => {
    const chunk = Buffer.alloc(1024 * 1024, ' ')
    stub.answer = (_, response) => {
      const pour = () => {
        while (!response.destroyed && response.write(chunk));
      }
      response.on('drain', pour)
      pour()
    }
    assert.is((await faultOf(client.rawSeries('a{}[60s]', NOW_MS, patient()))).kind, 'tooMuch')
  })
})

ask.run()

const connect = suite('connectPrometheus()')

connect('refuses files that cannot be read, all at once', async () => {
  const settings = settingsOf('http://127.0.0.1:1', {
    bearerTokenFile: '/none',
    tls: { caFile: '/missing', certFile: '/cert', keyFile: '/key' },
  })
  await rejects(connectPrometheus(settings, readFile), (error: Error) => {
    assert.match(error.message, 'prometheus.tls.caFile: expected a file that can be read, received "/missing": ENOENT')
    assert.match(
      error.message,
      'prometheus.bearerTokenFile: expected a file that can be read, received "/none": ENOENT',
    )
    return true
  })
})

connect('reads a token anew for each question', async () => {
  const tokens = ['first', 'second', 'third']
  const stub = await StubPrometheus.start()
  const connection = await connectPrometheus(settingsOf(stub.address, { bearerTokenFile: '/token' }), () =>
    Promise.resolve(tokens.shift() ?? ''),
  )
  const client = prometheusClient(connection)
  await client.rawSeries('a{}[60s]', NOW_MS, patient())
  await client.rawSeries('b{}[60s]', NOW_MS, patient())
  assert.equal(
    stub.questions.map(({ headers }) => headers.authorization),
    ['Bearer second', 'Bearer third'],
  )
  connection.close()
  await stub.stop()
})

connect.run()
