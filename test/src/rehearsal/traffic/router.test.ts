import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openRouter, type Router, type RouterOptions } from '../../../../src/rehearsal/traffic/router.ts'
import type { ArmSide, LossCause } from '../../../../src/rehearsal/traffic/router-counts.ts'
import { openHttpPod, type Answer, type HttpPod } from '../../../support/http-pod.ts'
import { freePort } from '../../../support/prometheus.ts'

interface Scene {
  readonly router: Router
  readonly pod: HttpPod
  /** Sends a request to the candidate and tells how it ended. */
  readonly send: (arm?: ArmSide) => Promise<number | LossCause>
  /** Everything that the router adds to the candidate's windows, given what its pods counted. */
  readonly losses: (requests: number, errors: number) => { requests: number; errors: number }
  /** Lets all requests under way take too long. */
  readonly passTimeLimit: () => void
}

const TIME_LIMIT_MS = 1_000

async function withRouter(
  options: Partial<RouterOptions> & { answer?: Answer },
  act: (scene: Scene) => Promise<void>,
): Promise<void> {
  let nowMs = 0
  const pod = await openHttpPod(options.answer)
  const router = openRouter({
    pods: { stable: [pod.origin], canary: [pod.origin] },
    path: '/predict',
    timeoutMs: TIME_LIMIT_MS,
    connections: 4,
    maxInFlight: 100,
    isError: (status) => status >= 500,
    now: () => nowMs,
    ...options,
  })
  try {
    await act({
      router,
      pod,
      send: (arm = 'canary') =>
        new Promise((resolve) => {
          router.send(arm, '{"inputs":[1]}', resolve)
        }),
      losses: (requests, errors) => router.counts.take('canary', Infinity, requests, errors),
      passTimeLimit: () => {
        nowMs += TIME_LIMIT_MS
        router.expire()
      },
    })
  } finally {
    await router.close()
    await pod.close()
  }
}

/** Waits for something that happens in its own time; a test that waits in vain is ended by its runner. */
async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await sleep(5)
}

/** Answers when it is told to. */
function heldAnswer(): { answer: Answer; finish: (status: number) => void } {
  const held: ServerResponse[] = []
  return {
    answer: (response) => held.push(response),
    finish: (status) => {
      for (const response of held.splice(0)) response.writeHead(status).end('{}')
    },
  }
}

const test = suite('openRouter()')

test('hands requests to the pods and counts nothing of what they answered', async () => {
  await withRouter({}, async ({ router, pod, send, losses }) => {
    assert.equal(await Promise.all([send(), send(), send('stable')]), [200, 200, 200])
    assert.equal(pod.bodies, ['{"inputs":[1]}', '{"inputs":[1]}', '{"inputs":[1]}'])
    assert.equal(losses(2, 0), { requests: 0, errors: 0 })
    assert.is(router.counts.totals.canary.answered, 2)
    assert.is(router.counts.totals.stable.answered, 1)
  })
})

test('leaves answered errors to the pod that counted them', async () => {
  const answer: Answer = (response) => response.writeHead(500).end('{}')
  await withRouter({ answer }, async ({ send, losses }) => {
    assert.is(await send(), 500)
    assert.equal(losses(1, 1), { requests: 0, errors: 0 })
  })
})

test('takes the pods of an arm in turn', async () => {
  const other = await openHttpPod()
  try {
    await withRouter({}, async ({ pod }) => {
      await withRouter({ pods: { stable: [pod.origin], canary: [pod.origin, other.origin] } }, async ({ send }) => {
        for (let k = 0; k < 6; k++) await send()
      })
      assert.is(pod.bodies.length, 3)
      assert.is(other.bodies.length, 3)
    })
  } finally {
    await other.close()
  }
})

test('counts a request that nobody accepts as one error', async () => {
  const nowhere = `http://127.0.0.1:${await freePort()}`
  await withRouter({ pods: { stable: [nowhere], canary: [nowhere] } }, async ({ router, send, losses }) => {
    assert.equal(await Promise.all([send(), send(), send()]), ['refused', 'refused', 'refused'])
    assert.equal(losses(0, 0), { requests: 3, errors: 3 })
    assert.is(router.counts.totals.canary.lost.refused, 3)
  })
})

test('counts a request whose connection breaks as one error', async () => {
  await withRouter({ answer: (response) => response.destroy() }, async ({ send, losses }) => {
    assert.is(await send(), 'broken')
    assert.equal(losses(0, 0), { requests: 1, errors: 1 })
  })
})

test('counts a request that takes too long as one error', async () => {
  const { answer } = heldAnswer()
  await withRouter({ answer }, async ({ send, losses, passTimeLimit }) => {
    const ending = send()
    passTimeLimit()
    assert.is(await ending, 'timeout')
    assert.equal(losses(0, 0), { requests: 1, errors: 1 })
  })
})

for (const [status, expected] of [
  [200, { requests: 0, errors: 1 }],
  [500, { requests: 0, errors: 0 }],
] as const) {
  test(`takes a late answer of status ${status} for counted by its pod`, async () => {
    const { answer, finish } = heldAnswer()
    await withRouter({ answer }, async ({ router, pod, send, losses, passTimeLimit }) => {
      const ending = send()
      await until(() => pod.bodies.length === 1)
      passTimeLimit()
      assert.is(await ending, 'timeout')
      finish(status)
      await until(() => router.counts.totals.canary.late === 1)
      assert.equal(losses(1, status === 500 ? 1 : 0), expected)
      assert.is(router.counts.totals.canary.answered, 0)
    })
  })
}

test('never hands over what it has given up on in the queue', async () => {
  const { answer, finish } = heldAnswer()
  await withRouter({ answer, connections: 1 }, async ({ router, pod, send, losses, passTimeLimit }) => {
    const endings = Promise.all([send(), send(), send()])
    await until(() => pod.bodies.length === 1)
    passTimeLimit()
    assert.equal(await endings, ['timeout', 'timeout', 'timeout'])
    finish(200)
    await until(() => router.counts.totals.canary.late === 1)
    const next = send()
    await until(() => pod.bodies.length === 2)
    finish(200)
    assert.is(await next, 200)
    assert.is(pod.bodies.length, 2)
    // Three errors; the first request was counted by the pod.
    assert.equal(losses(2, 0), { requests: 2, errors: 3 })
  })
})

test('loses requests beyond the limit at once, by arm', async () => {
  const { answer } = heldAnswer()
  await withRouter({ answer, maxInFlight: 2 }, async ({ router, send }) => {
    void send()
    void send()
    assert.is(await send(), 'overflow')
    assert.is(router.counts.totals.canary.lost.overflow, 1)
    void send('stable')
    assert.is(router.counts.totals.stable.lost.overflow, 0)
  })
})

test('ends what is under way when it closes, and counts it no more', async () => {
  const { answer } = heldAnswer()
  await withRouter({ answer }, async ({ router, pod, send, losses }) => {
    const ending = Promise.all([send(), send()])
    await until(() => pod.bodies.length === 2)
    await router.close()
    assert.equal(await ending, ['broken', 'broken'])
    assert.is(await send(), 'broken')
    assert.equal(losses(0, 0), { requests: 0, errors: 0 })
  })
})

test.run()
