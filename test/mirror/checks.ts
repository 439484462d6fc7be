import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { until } from '../e2e/poll.ts'
import { connectionsTo } from './connections.ts'
import { allTraffic, someTraffic, type Compared } from './iris-traffic.ts'
import type { ModelServer } from './model-server.ts'
import type { Router } from './router.ts'
import type { Stage, StageOptions } from './stage.ts'
import { ask } from './users.ts'

const PAIRS_MS = 30_000
const SETTLED_MS = 1_000

/** What is looked at on a stage of its own. */
export interface Check {
  readonly title: string
  readonly options: StageOptions
  run(stage: Stage): Promise<void>
}

/** Everything that the documentation promises of a router. */
export function checksOf(router: Router, offline: Compared): Check[] {
  return [
    everyPair(offline),
    nothingCounted(),
    share(router),
    hungComparator(router),
    ...(router.holdsConnections ? [heldConnection()] : []),
    lostComparator(),
  ]
}

function everyPair(offline: Compared): Check {
  const { pairs, disagreements } = offline
  return {
    title: `all get stable's answers, and ${pairs} pairs disagree ${disagreements} times, as offline`,
    options: { share: 'all', timeouts: 'documented' },
    async run({ origin, comparator }) {
      const { bodies, labels } = someTraffic()
      assert.equal((await ask(origin, bodies, 'kept')).labels, labels)
      const found = {
        pairs: await settledPairs(comparator, pairs),
        disagreements: await comparator.total('shadow_disagreements_total'),
      }
      assert.deepEqual(found, offline)
    },
  }
}

function nothingCounted(): Check {
  return {
    title: 'what is mirrored counts as no request, latency or prediction of the comparator',
    options: { share: 'all', timeouts: 'documented' },
    async run({ origin, stable, comparator }) {
      const { bodies } = someTraffic()
      await ask(origin, bodies, 'kept')
      await settledPairs(comparator, bodies.length)
      const metrics = ['inference_requests_total', 'inference_latency_seconds_count', 'model_predictions_total']
      for (const metric of metrics) {
        assert.equal(await stable.total(metric), bodies.length, `${metric} of stable`)
        assert.equal(await comparator.total(metric), 0, `${metric} of the comparator`)
      }
    },
  }
}

function share({ sharesItself }: Router): Check {
  return {
    title: `a share of 10 %, taken by the ${sharesItself ? 'router' : 'comparator'}, gives about a tenth of the pairs`,
    options: sharesItself
      ? { share: 'documented', timeouts: 'documented' }
      : { share: 'all', timeouts: 'documented', comparatorOptions: ['--shadow-share', '0.1'] },
    async run({ origin, comparator }) {
      const { bodies, labels } = allTraffic()
      assert.equal((await ask(origin, bodies, 'kept')).labels, labels)
      // A tenth of 1500 has a standard deviation of 12.
      const pairs = await settledPairs(comparator, 75)
      assert.ok(pairs < 300, `${pairs} pairs of ${bodies.length} requests`)
    },
  }
}

function hungComparator({ holdsConnections, maxMirrorConnections }: Router): Check {
  return {
    title: `nobody waits for a comparator that hangs, which is sent ${maxMirrorConnections} requests and no more`,
    options: { share: 'all', timeouts: 'none' },
    async run({ origin, comparator, routerProcess }) {
      const { bodies, labels } = someTraffic()
      comparator.process.child.kill('SIGSTOP')
      const told = await ask(origin, bodies, holdsConnections ? 'own' : 'kept')
      assert.equal(told.labels, labels)
      assert.equal(connectionsTo(comparator.port, routerProcess.pid), maxMirrorConnections)
      comparator.process.child.kill('SIGCONT')
      // What was held becomes pairs first, except what the router gave up with the user's own connection.
      await morePairsThan(await settledPairs(comparator, maxMirrorConnections / 2), origin, comparator)
    },
  }
}

function heldConnection(): Check {
  return {
    title: "a client's connection waits until the mirrored request has timed out, and then serves again",
    options: { share: 'all', timeouts: 'documented' },
    async run({ origin, comparator, routerProcess }) {
      const { bodies, labels } = someTraffic()
      comparator.process.child.kill('SIGSTOP')
      const told = await ask(origin, bodies.slice(0, 3), 'kept', 1)
      assert.deepEqual(told, { labels: labels.slice(0, 3), connections: 1 })
      const timedOut = readFileSync(routerProcess.logPath, 'utf8').match(/upstream timed out.*subrequest: "\/mirror"/g)
      assert.ok((timedOut?.length ?? 0) >= 2)
    },
  }
}

function lostComparator(): Check {
  return {
    title: 'nobody notices that the comparator is gone, and the next one gets pairs',
    options: { share: 'all', timeouts: 'documented' },
    async run(stage) {
      const { origin, comparator } = stage
      const { bodies, labels } = someTraffic()
      comparator.process.child.kill('SIGKILL')
      await comparator.process.ended
      const told = await ask(origin, bodies, 'kept')
      assert.equal(told.labels, labels)
      assert.ok(told.connections < bodies.length)
      await morePairsThan(0, origin, await stage.replaceComparator())
    },
  }
}

/** The number of pairs once there are so many and no more come. */
async function settledPairs(comparator: ModelServer, atLeast: number): Promise<number> {
  let last = 0
  const settled = async () => {
    const before = last
    last = await comparator.total('shadow_pairs_total')
    return last >= atLeast && last === before ? last : undefined
  }
  const describe = async () => `${last} and ${await comparator.total('shadow_dropped_total')} dropped`
  return until(`at least ${atLeast} pairs`, settled, { timeoutMs: PAIRS_MS, everyMs: SETTLED_MS, describe })
}

async function morePairsThan(before: number, origin: string, comparator: ModelServer): Promise<void> {
  const { bodies, labels } = someTraffic()
  assert.equal((await ask(origin, bodies, 'kept')).labels, labels)
  const grown = async () => (await comparator.total('shadow_pairs_total')) > before || undefined
  await until('pairs again', grown, { timeoutMs: PAIRS_MS })
}
