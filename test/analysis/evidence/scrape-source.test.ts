import { rejects } from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { scrapeSource, type Collected, type EvidenceSource, type ScrapeSourceOptions } from '#evidence'
import { FakePod } from '../../support/fake-pod.ts'
import { profile } from './builders.ts'

const patient = () => new AbortController().signal

/** A source over metrics that a test holds as text, one for each pod; pods that start with c are the canary's. */
function sourceOf(texts: Readonly<Record<string, string>>, options: Partial<ScrapeSourceOptions> = {}): EvidenceSource {
  return scrapeSource({
    targets: () =>
      Object.keys(texts).map((pod) => ({
        pod,
        podTemplateHash: pod.startsWith('c') ? 'bbb' : 'aaa',
        url: `http://${pod}/`,
      })),
    profile,
    stableHash: 'aaa',
    canaryHash: 'bbb',
    weightAt: () => 10,
    intervalMs: 1_000,
    sinceMs: 0,
    fetch: (url) => Promise.resolve(new Response(texts[new URL(url as string).hostname])),
    ...options,
  })
}

const count = (requests: number, failed = 0) =>
  `inference_requests_total{code="200"} ${requests}\ninference_requests_total{code="500"} ${failed}\n`

const kinds = ({ notes }: Collected) => notes.map(({ kind }) => kind)

const test = suite('scrapeSource()')

test('makes windows of what the pods count between two scrapes', async () => {
  const texts: Record<string, string> = { s1: count(100), s2: count(200), c1: count(10) }
  const source = sourceOf(texts)
  assert.equal(await source.collect(1_000, patient()), { windows: [], notes: [] })
  Object.assign(texts, { s1: count(150), s2: count(260, 1), c1: count(15, 2) })
  assert.equal(await source.collect(2_000, patient()), {
    windows: [
      {
        at: '1970-01-01T00:00:02.000Z',
        weight: 10,
        canary: { requests: 7, errors: 2 },
        stable: { requests: 111, errors: 1 },
      },
    ],
    notes: [],
  })
})

test('reads how often stable contradicts itself, and the pairs of each slice', async () => {
  const noise = (pairs: number) => `shadow_noise_pairs_total ${pairs}\nshadow_noise_disagreements_total ${pairs / 10}\n`
  const compared = (pairs: number) =>
    `shadow_pairs_total ${pairs}\nshadow_disagreements_total ${pairs / 2}\n` +
    `shadow_slice_pairs_total{slice="acme"} ${pairs}\nshadow_slice_disagreements_total{slice="acme"} ${pairs / 2}\n`
  const texts: Record<string, string> = { s1: count(0) + noise(0), c1: compared(0) }
  const source = sourceOf(texts)
  await source.collect(1_000, patient())
  Object.assign(texts, { s1: count(100) + noise(50), c1: compared(40) })
  const { windows } = await source.collect(2_000, patient())
  assert.equal(windows[0]?.shadow, {
    pairs: 40,
    disagreements: 20,
    noise: { pairs: 50, disagreements: 5 },
    slices: { acme: { pairs: 40, disagreements: 20 } },
  })
})

test('scrapes no sooner than half an interval after the scrape before', async () => {
  let scrapes = 0
  const source = sourceOf(
    { s1: '' },
    {
      fetch: () => {
        scrapes += 1
        return Promise.resolve(new Response(count(scrapes)))
      },
    },
  )
  for (const nowMs of [0, 100, 499, 500, 900, 1_000]) await source.collect(nowMs, patient())
  assert.is(scrapes, 3)
})

test('says which pod does not answer, and counts on without it', async () => {
  const texts: Record<string, string> = { s1: count(0), c1: count(0) }
  let isDown = false
  const source = sourceOf(texts, {
    fetch: (url) => {
      const { hostname } = new URL(url)
      if (isDown && hostname === 'c1') {
        return Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }))
      }
      return Promise.resolve(new Response(texts[hostname]))
    },
  })
  await source.collect(1_000, patient())
  isDown = true
  const seen: Collected[] = []
  for (let second = 2; second <= 5; second += 1) {
    texts['s1'] = count(second)
    seen.push(await source.collect(second * 1_000, patient()))
  }
  assert.equal(seen[0]?.notes, [{ kind: 'unavailable', text: 'pod c1 could not be scraped: connect ECONNREFUSED' }])
  assert.equal(
    seen.flatMap(({ windows }) => windows.map(({ canary, stable }) => [canary, stable?.requests])),
    [
      [undefined, 3],
      [undefined, 1],
      [undefined, 1],
    ],
  )
})

for (const [what, answer, expected] of [
  ['a bad status', () => new Response('', { status: 503 }), 'pod s1 answered with status 503'],
  [
    'a page of HTML',
    () => new Response('<html>'),
    'pod s1 could not be scraped: Cannot use metrics of pod s1: line 1: expected the name of a metric',
  ],
  [
    'a body without measure',
    () => new Response('#'.repeat(9 * 1024 * 1024)),
    'pod s1 could not be scraped: the answer is longer than 8388608 bytes',
  ],
] as const) {
  test(`takes ${what} for no answer`, async () => {
    const { windows, notes } = await sourceOf({ s1: '' }, { fetch: () => Promise.resolve(answer()) }).collect(
      0,
      patient(),
    )
    assert.equal(windows, [])
    assert.is(notes.length, 1)
    assert.match(notes[0]?.text ?? '', expected)
  })
}

test('waits for a pod no longer than its time limit', async () => {
  const source = sourceOf(
    { s1: '' },
    {
      timeoutMs: 20,
      fetch: async (_, init) => {
        // A socket would keep the process alive; a signal's timer does not.
        await wait(60_000, undefined, init?.signal ? { signal: init.signal } : {}).catch((error: unknown) => {
          throw error instanceof Error && error.cause instanceof Error ? error.cause : error
        })
        return new Response()
      },
    },
  )
  const { notes } = await source.collect(0, patient())
  assert.equal(notes, [{ kind: 'unavailable', text: 'pod s1 did not answer within 20 ms' }])
})

test('refuses to wait for a metric that no pod shows although there is traffic', async () => {
  const texts: Record<string, string> = { s1: count(0), c1: count(0) }
  const source = sourceOf(texts, {
    needs: new Set(['requests', 'errors', 'latency', 'predictions', 'shadow'] as const),
  })
  await source.collect(0, patient())
  Object.assign(texts, { s1: count(90), c1: count(9) })
  await source.collect(1_000, patient())
  texts['s1'] = count(91)
  await rejects(source.collect(2_000, patient()), (error: Error) => {
    assert.is(
      error.message,
      'Cannot use the metrics of profile "modelgate": 2 faults\n' +
        "  latency: expected metric 'inference_latency_seconds_bucket' on some pod, received no such series\n" +
        "  predictions: expected metric 'model_predictions_total' on some pod, received no such series",
    )
    return true
  })
})

test('refuses a service whose requests do not tell errors from successes', async () => {
  const texts = { s1: 'inference_requests_total 0' }
  const source = sourceOf(texts, { needs: new Set(['errors'] as const) })
  await source.collect(0, patient())
  texts.s1 = 'inference_requests_total 500'
  await rejects(
    source.collect(1_000, patient()),
    /errors: expected a label with the response code, or a counter of errors, on some pod/,
  )
})

test('refuses counters that are none', async () => {
  const source = sourceOf({ s1: 'inference_requests_total{code="200"} 0.5' })
  await rejects(
    source.collect(0, patient()),
    /pod s1: inference_requests_total\{code="200"\}: expected a counter with whole numbers/,
  )
})

test('refuses a pod of neither arm', async () => {
  const source = sourceOf({}, { targets: () => [{ pod: 'x', podTemplateHash: 'zzz', url: 'http://x/' }] })
  await rejects(source.collect(0, patient()), /podTemplateHash: expected "aaa" or "bbb", received "zzz"/)
})

test('refuses a canary that is the stable version', () => {
  assert.throws(
    () => sourceOf({}, { canaryHash: 'aaa' }),
    /^Cannot use the pods to compare: stable: expected another pod template hash than the canary's, received "aaa"$/,
  )
})

test('follows real pods through a restart', async () => {
  const pods = [await new FakePod('s1', 'aaa').start(), await new FakePod('c1', 'bbb').start()] as const
  const [stable, canary] = pods
  try {
    const source = sourceOf({}, { targets: () => pods, fetch, sinceMs: Date.now() + 60_000 })
    const seen: Collected[] = []
    let nowMs = Date.now()
    const round = async () => {
      stable.answer({ ok: 9, failed: 1, classes: { a: 9 } })
      canary.answer({ ok: 3, seconds: 0.2, classes: { b: 3 } })
      seen.push(await source.collect((nowMs += 1_000), patient()))
    }
    await round()
    await round()
    await canary.stop()
    await round()
    await canary.start()
    await round()
    await round()
    const sum = (name: 'canary' | 'stable') =>
      seen.flatMap(({ windows }) => windows).reduce((total, window) => total + (window[name]?.requests ?? 0), 0)
    assert.is(sum('stable'), 40)
    // The three of the round in which it could not be scraped went with the process.
    assert.is(sum('canary'), 9)
    assert.equal(seen.map(kinds), [[], [], ['unavailable'], ['podRestarted'], []])
    assert.equal(seen[1]?.windows[0]?.canary?.latency, { le: [0.05, 0.1, 0.25], counts: [0, 0, 3, 0] })
  } finally {
    await Promise.all(pods.map((pod) => pod.stop()))
  }
})

test.run()
