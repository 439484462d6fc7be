import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openCanaryService } from '../../../src/rehearsal/traffic/canary-service.ts'
import { shadowArguments, shadowSetting, watchShadow } from '../../../src/rehearsal/shadow-setting.ts'
import { addShadowReports, readShadowReport, withoutBaseline } from '../../../src/rehearsal/shadow-report.ts'
import { examplePolicy, exampleShadow } from '../../support/rehearsal-example.ts'

const never = new AbortController().signal

/** A pod that answers every request with the same text. */
async function withPod(text: () => string, use: (origin: string) => Promise<void>): Promise<void> {
  const server = createServer((_, response) => response.end(text())).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}

const read = suite('readShadowReport()')

read('reads what a pod has compared', async () => {
  await withPod(
    () => JSON.stringify(exampleShadow()),
    async (origin) => {
      assert.equal(await readShadowReport(origin, never), exampleShadow())
    },
  )
})

for (const text of ['', '{"error":"none"}', '{"pairs":-1}', '[]']) {
  read(`believes no pod that answers ${JSON.stringify(text)}`, async () => {
    await withPod(
      () => text,
      async (origin) => {
        assert.is(await readShadowReport(origin, never), undefined)
      },
    )
  })
}

read('is undefined where nobody answers', async () => {
  assert.is(await readShadowReport('http://127.0.0.1:1', never), undefined)
})

read.run()

const add = suite('addShadowReports()')

add('adds up counts, flips and what was dropped', () => {
  const other = exampleShadow({
    pairs: 10,
    disagreements: 1,
    flips: [{ output: 'label', stable: 'versicolor', canary: 'virginica', count: 100 }],
    dropped: { queue: 2 },
  })
  const sum = addShadowReports([exampleShadow({ dropped: { queue: 1 } }), other], 3)
  assert.equal([sum?.pairs, sum?.disagreements, sum?.dropped], [1_183, 789, { queue: 3 }])
  assert.equal(
    sum?.flips.map(({ stable, count }) => `${stable} ${count}`),
    ['versicolor 476', 'virginica 412'],
  )
  assert.is(sum?.examples.length, 3)
  assert.is(addShadowReports([], 3), null)
})

add.run()

const baseline = suite('withoutBaseline()')

baseline('counts from the baseline on, never below nothing', () => {
  const before = exampleShadow({ pairs: 173, disagreements: 800, flips: exampleShadow().flips.slice(0, 1) })
  const { pairs, disagreements, flips } = withoutBaseline(exampleShadow(), before)
  assert.equal([pairs, disagreements], [1_000, 0])
  assert.equal(
    flips.map(({ stable }) => stable),
    ['versicolor'],
  )
})

baseline.run()

const watch = suite('watchShadow()')

watch('leaves out what was compared before', async () => {
  let pairs = 100
  await withPod(
    () => JSON.stringify(exampleShadow({ pairs })),
    async (origin) => {
      const comparison = await watchShadow([origin], never)
      pairs = 150
      assert.is((await comparison.read())?.pairs, 50)
    },
  )
})

watch.run()

const setting = suite('shadowSetting()')

setting('compares everything, or as much as one machine should bear', () => {
  const policy = examplePolicy()
  const asked = { shadowShare: undefined, shadowSlice: undefined, shadowNoise: 0, requestsPerSecond: 600 }
  assert.equal(shadowSetting(asked, policy), { share: 1, tolerances: {}, slice: undefined, noiseShare: 0 })
  assert.is(shadowSetting({ ...asked, requestsPerSecond: 4_000 }, policy)?.share, 0.25)
  assert.is(shadowSetting({ ...asked, requestsPerSecond: 4_000, shadowShare: 0.5 }, policy)?.share, 0.5)
  assert.is(shadowSetting({ ...asked, shadowShare: 0 }, policy), null)
})

setting('tells stable where to send, and the candidate to accept', () => {
  const tolerances = { y: { absolute: 1, relative: 0, ulps: 0 } }
  const made = { share: 0.5, tolerances, slice: 'input:x[1]', noiseShare: 0.25 }
  const stable = shadowArguments(made, 'stable', 'abc', 'http://127.0.0.1:1').join(' ')
  assert.match(stable, /--shadow-identity abc .*--shadow-to http:\/\/127\.0\.0\.1:1 --shadow-share 0\.5/)
  assert.match(stable, '{"y":{"absolute":1,"relative":0,"ulps":0}}')
  const canary = shadowArguments(made, 'canary', 'def', 'http://127.0.0.1:1')
  assert.ok(canary.includes('--shadow-accept') && !canary.includes('--shadow-to'))
  assert.match(stable, /--shadow-noise 0\.25$/)
  assert.not.match(stable, '--shadow-slice')
  assert.match(canary.join(' '), /--shadow-slice input:x\[1\]$/)
  assert.equal(shadowArguments(null, 'stable', 'abc', undefined), [])
})

setting.run()

const service = suite('openCanaryService()')

service('hands connections to its pods in turn, and refuses them while there is none', async () => {
  await withPod(
    () => 'one',
    (one) =>
      withPod(
        () => 'two',
        async (two) => {
          const opened = await openCanaryService()
          const get = () =>
            fetch(opened.origin, { headers: { connection: 'close' } }).then(
              (response) => response.text(),
              () => 'refused',
            )
          assert.is(await get(), 'refused')
          opened.route([one, two])
          assert.equal([await get(), await get()].toSorted(), ['one', 'two'])
          await opened.close()
          assert.is(await get(), 'refused')
        },
      ),
  )
})

service.run()
