import fastify from 'fastify'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildInferenceApp, singleModel, type Comparator } from '#runtime'
import { encodeMessage, encodeOrigin, encodePair } from '../../../runtime/shadow/encode-pair.ts'
import { shadowIntake } from '../../../runtime/shadow/shadow-intake.ts'
import type { ShadowBatch } from '../../../runtime/shadow/shadow-pair.ts'
import { doublingModel, rememberingRecorder } from '../builders.ts'
import { irisBatch, irisPair } from './builders.ts'

const MESSAGE = encode(irisBatch([irisPair([0, 1]), irisPair([2])]))

function encode({ origin, pairs }: ShadowBatch): Buffer {
  return Buffer.concat(encodeMessage(encodeOrigin(origin), pairs.map(encodePair)))
}

function build({ accepts = true, same = false, showExamples = true, token = '' } = {}) {
  const batches: ShadowBatch[] = []
  const report: ReturnType<Comparator['report']> = {
    pairs: 3,
    disagreements: 0,
    canaryOnlyErrors: 0,
    stableOnlyErrors: 0,
    flips: [],
    slices: [],
    dropped: {},
    examples: [],
  }
  const recorder = rememberingRecorder()
  const model = doublingModel()
  const app = buildInferenceApp({
    catalogue: singleModel(model, { run: ({ feeds }) => model.run(feeds) }),
    recorder,
    exposition: { contentType: 'text/plain', text: () => Promise.resolve('') },
    classNames: [],
    maxBodyBytes: 100,
    maxRows: 10,
    onModelFailure: () => undefined,
    onFault: (error) => {
      throw error
    },
    routes: [
      shadowIntake({
        comparator: {
          offer: (batch) => {
            if (accepts) batches.push(batch)
            return accepts
          },
          report: () => report,
        },
        isSame: ({ identity }) => same && identity === 'stable',
        maxMessageBytes: 4_096,
        showExamples,
        token: token === '' ? undefined : token,
      }),
    ],
  })
  app.phase = 'ready'
  const post = (payload: Buffer, headers: Readonly<Record<string, string>> = {}) =>
    app.server.inject({ method: 'POST', url: '/shadow/compare', payload, headers })
  return { post, batches, server: app.server, calls: recorder.calls }
}

const test = suite('shadowIntake()')

test('takes a message, longer than requests may be, and counts no request', async () => {
  const { post, batches, calls } = build()
  const { statusCode, body } = await post(MESSAGE)
  assert.is(statusCode, 202)
  assert.is(body, '{"accepted":2}')
  assert.is(batches[0]?.pairs.length, 2)
  assert.equal(calls, [])
})

for (const [what, payload] of [
  ['nothing', Buffer.alloc(0)],
  ['JSON', Buffer.from('{"inputs":[1]}')],
  ['half a message', MESSAGE.subarray(0, MESSAGE.length - 7)],
] as const) {
  test(`answers 400 to ${what}`, async () => {
    const { post, batches } = build()
    const { statusCode, body } = await post(payload)
    assert.is(statusCode, 400)
    assert.match(body, /^\{"error":"Cannot use the shadow message: /)
    assert.is(batches.length, 0)
  })
}

test('answers 413 to a message above its limit', async () => {
  const { post } = build()
  assert.is((await post(Buffer.alloc(5_000))).statusCode, 413)
})

test('answers 503 when the comparator has no room, 409 to its own release', async () => {
  const full = await build({ accepts: false }).post(MESSAGE)
  assert.is(full.statusCode, 503)
  assert.is(full.headers['retry-after'], '1')
  const own = build({ same: true })
  assert.is((await own.post(MESSAGE)).statusCode, 409)
  assert.is(own.batches.length, 0)
})

test('answers 403 to what came through a proxy', async () => {
  const { post, server, batches } = build()
  for (const headers of [{ 'x-forwarded-for': '203.0.113.7' }, { forwarded: 'for=203.0.113.7' }]) {
    assert.is((await post(MESSAGE, headers)).statusCode, 403)
    assert.is((await server.inject({ url: '/shadow/examples', headers })).statusCode, 403)
  }
  assert.is(batches.length, 0)
})

test('shows examples only where it was told to', async () => {
  const shown = await build().server.inject('/shadow/examples')
  assert.is(shown.statusCode, 200)
  assert.is(shown.json<{ pairs: number }>().pairs, 3)
  assert.is((await build({ showExamples: false }).server.inject('/shadow/examples')).statusCode, 404)
})

test('adds its routes to any server', async () => {
  const server = fastify()
  const report = { pairs: 0 } as ReturnType<Comparator['report']>
  shadowIntake({
    comparator: { offer: () => true, report: () => report },
    isSame: () => false,
    maxMessageBytes: 10,
    showExamples: true,
  })(server)
  assert.is((await server.inject('/shadow/examples')).body, '{"pairs":0}')
})

test('lets nobody in who does not know the token, whatever the request', async () => {
  const { post, batches, server } = build({ token: 's3cret' })
  for (const authorization of [undefined, 'Bearer other', 'Bearer s3cret2', 's3cret', 'Basic s3cret']) {
    const headers = authorization === undefined ? {} : { authorization }
    const refused = await post(MESSAGE, headers)
    assert.is(refused.statusCode, 401, authorization ?? 'none')
    assert.is(refused.headers['www-authenticate'], 'Bearer')
    assert.not.match(refused.body, 's3cret')
    assert.is((await server.inject({ url: '/shadow/examples', headers })).statusCode, 401)
  }
  assert.is(batches.length, 0)
  const headers = { authorization: 'Bearer s3cret' }
  assert.is((await post(MESSAGE, headers)).statusCode, 202)
  assert.is((await server.inject({ url: '/shadow/examples', headers })).statusCode, 200)
})

test('refuses before it reads the body', async () => {
  const { post } = build({ token: 's3cret' })
  assert.is((await post(Buffer.alloc(1024 * 1024))).statusCode, 401)
})

test.run()
