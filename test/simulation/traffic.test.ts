import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { windowSchema, type Arm, type Window } from '#decision'
import { Random } from '../support/random.ts'
import { cells } from './cells/index.ts'
import {
  spreadShift,
  stabilityIndex,
  TEN_CLASSES,
  THREE_CLASSES,
  tiltedTo,
  totalVariation,
} from './traffic/class-shares.ts'
import {
  calm,
  clusteredErrors,
  clusteredSlowRequests,
  sharedOutages,
  wanderingErrors,
  wanderingPodErrors,
} from './traffic/disturbances.ts'
import { latencyTruth, ordinary, slower, slowerTail } from './traffic/latency-shape.ts'
import { OrnsteinUhlenbeck } from './traffic/ornstein-uhlenbeck.ts'
import { podTraffic, type PodTraffic } from './traffic/pod-traffic.ts'

const shapes = suite('latency shapes')

shapes('have a p95 of 161 ms and 0.87 % above 250 ms', () => {
  assert.ok(Math.abs(ordinary(0.160976) - 0.05) < 1e-5)
  assert.ok(Math.abs(ordinary(0.25) - 0.0087) < 1e-4)
})

shapes('move the p95 by the factor', () => {
  assert.ok(Math.abs(slower(ordinary, 1.5)(1.5 * 0.160976) - 0.05) < 1e-5)
  assert.ok(Math.abs(slowerTail(1.5)(1.5 * 0.160976) - 0.05) < 1e-5)
  assert.is(slowerTail(1.5)(0.03), ordinary(0.03))
})

shapes('give shares that add up to 1', () => {
  const sum = latencyTruth(ordinary).shares.reduce((total, share) => total + share, 0)
  assert.ok(Math.abs(sum - 1) < 1e-12)
})

shapes.run()

const shares = suite('class shares')

for (const classes of [THREE_CLASSES, TEN_CLASSES]) {
  shares(`of ${classes.length} classes shift by the distance asked for`, () => {
    assert.ok(Math.abs(totalVariation(spreadShift(classes, 0.05), classes) - 0.05) < 1e-12)
    assert.ok(Math.abs(stabilityIndex(tiltedTo(classes, 0.19), classes) - 0.19) < 1e-9)
    assert.ok(Math.abs(tiltedTo(classes, 0.19).reduce((sum, share) => sum + share, 0) - 1) < 1e-12)
  })
}

shares.run()

const wandering = suite('OrnsteinUhlenbeck')

wandering('has variance 1 and forgets at its rate, however its times are spaced', () => {
  const random = new Random('wandering')
  let [square, product, count] = [0, 0, 0]
  for (let run = 0; run < 20_000; run++) {
    const process = new OrnsteinUhlenbeck(random, 100, 0)
    process.at(30)
    const first = process.at(70)
    const second = process.at(120)
    square += second * second
    product += first * second
    count += 1
  }
  assert.ok(Math.abs(square / count - 1) < 5 * Math.sqrt(2 / count), `variance ${square / count}`)
  assert.ok(Math.abs(product / count - Math.exp(-0.5)) < 5 * Math.sqrt(1.4 / count), `covariance ${product / count}`)
})

wandering.run()

const pods = suite('podTraffic()')

function podPlan(service: PodTraffic['service']): PodTraffic {
  return {
    requestsPerSecond: 200,
    pods: 10,
    canaryPods: 2,
    scrapeMs: 15_000,
    historyMs: 60_000,
    rolloutMs: 600_000,
    service,
  }
}

pods('gives each arm its share and comes with equals in the history', () => {
  const windows = [...podTraffic(podPlan(calm(0.01)))(new Random('pods'))]
  const history = windows.filter(({ weight }) => weight === 0)
  assert.is(history.length, 4)
  assert.ok(history.every(({ aa, canary }) => aa !== undefined && canary === undefined))
  const rollout = windows.filter(({ weight }) => weight === 20)
  assert.is(rollout.length, 40)
  const requests = rollout.reduce((sum, { canary }) => sum + (canary?.requests ?? 0), 0)
  assert.ok(Math.abs(requests - 24_000) < 5 * Math.sqrt(24_000), `${requests} canary requests`)
})

/** Disturbances that fail 1 % of the requests on average; the bound is generous where whole clusters or minutes vary. */
const SERVICES: readonly [string, PodTraffic['service'], number][] = [
  ['calm', calm(0.01), 0.05],
  ['clustered', clusteredErrors(0.01, 5), 0.1],
  ['wandering', wanderingErrors({ errorRate: 0.01, logSpread: 0.8, memoryMs: 60_000 }), 0.2],
  ['wandering per pod', wanderingPodErrors({ errorRate: 0.01, logSpread: 0.3, memoryMs: 120_000 }), 0.1],
  ['with outages', sharedOutages({ errorRate: 0.005, outageErrorRate: 0.255, lengthMs: 5_000, everyMs: 250_000 }), 0.2],
]

for (const [name, service, bound] of SERVICES) {
  pods(`fails as often as it should when ${name}`, () => {
    let [requests, errors] = [0, 0]
    for (let run = 0; run < 20; run++) {
      for (const { stable } of podTraffic(podPlan(service))(new Random(`${name} ${run}`))) {
        requests += stable?.requests ?? 0
        errors += stable?.errors ?? 0
      }
    }
    assert.ok(Math.abs(errors / requests / 0.01 - 1) < bound, `${errors} of ${requests} failed`)
  })
}

pods('draws slow requests in clusters: counts vary more than requests do', () => {
  const slow = (arm: Arm | undefined) => arm?.latency?.counts.slice(6).reduce((sum, count) => sum + count, 0) ?? 0
  const counts: number[] = []
  for (let run = 0; run < 10; run++) {
    const traffic = podTraffic(podPlan(clusteredSlowRequests(0.05, 5, 10)))
    for (const window of traffic(new Random(`slow ${run}`))) if (window.weight > 0) counts.push(slow(window.stable))
  }
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length
  // Poisson counts have a ratio of 1; clusters of geometric size with mean 5 of 9, some of each being quick after all.
  assert.ok(variance / mean > 3 && variance / mean < 12, `variance over mean ${variance / mean}`)
})

pods.run()

const all = suite('cells')

all('have names of their own', () => {
  assert.is(new Set(cells.map(({ name }) => name)).size, cells.length)
})

all('give windows that the evidence schema takes, in the order of time', () => {
  for (const cell of cells.filter((_, i) => i % 7 === 0)) {
    let previous: Window | undefined
    let seen = 0
    for (const window of cell.traffic(new Random(cell.name))) {
      windowSchema.parse(window)
      assert.ok(previous === undefined || Date.parse(window.at) > Date.parse(previous.at), cell.name)
      previous = window
      if (++seen === 5) break
    }
    assert.is(seen, 5, cell.name)
  }
})

all.run()
