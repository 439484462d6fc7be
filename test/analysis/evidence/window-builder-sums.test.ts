// Sums of windows against what simulated pods are known to have counted at their scrapes.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { windowSchema, type Window } from '#decision'
import { parseInput } from '#faults'
import type { ArmName } from '../../../analysis/evidence/counter.ts'
import type { Snapshot, Target } from '../../../analysis/evidence/target.ts'
import { WindowBuilder } from '../../../analysis/evidence/window-builder.ts'
import { Random } from '../../support/random.ts'
import { bucket, makeTarget, requests, scrapeOf, type Reading } from './builders.ts'

const INTERVAL_MS = 10_000

/** A pod in a simulated cluster: it counts, is scraped at its own offset, restarts, misses scrapes and vanishes. */
class SimulatedPod {
  readonly target: Target
  readonly #random: Random
  #startedAtMs: number
  #offsetMs: number
  #ok = 0
  #failed = 0
  #fast = 0
  /** What a perfect observer would have counted at the scrapes that were made. */
  readonly known = { requests: 0, errors: 0, fast: 0 }
  #scraped = { ok: 0, failed: 0, fast: 0 }

  constructor(name: string, arm: ArmName, startedAtMs: number, random: Random) {
    this.target = makeTarget(name, arm)
    this.#random = random
    this.#startedAtMs = startedAtMs
    this.#offsetMs = Math.floor(random.uniform() * INTERVAL_MS)
    if (startedAtMs < 0) this.#serve(500)
  }

  /** One interval of its life; the scrape at its end, unless it was missed. */
  live(interval: number): Snapshot | undefined {
    const restarts = interval > 0 && this.#random.uniform() < 0.03
    if (restarts) {
      this.#ok = this.#failed = this.#fast = 0
      this.#scraped = { ok: 0, failed: 0, fast: 0 }
      this.#startedAtMs = Math.max(1, interval * INTERVAL_MS + this.#offsetMs - 5_000)
    }
    this.#serve(20)
    if (interval > 0 && !restarts && this.#random.uniform() < 0.1) return undefined
    // What a process had counted at its first scrape is not evidence when it is older than the source.
    if (interval > 0 || this.#startedAtMs > 0) {
      this.known.requests += this.#ok + this.#failed - this.#scraped.ok - this.#scraped.failed
      this.known.errors += this.#failed - this.#scraped.failed
      this.known.fast += this.#fast - this.#scraped.fast
    }
    this.#scraped = { ok: this.#ok, failed: this.#failed, fast: this.#fast }
    const total = this.#ok + this.#failed
    const readings: Reading[] = [
      ...(this.#ok > 0 ? [requests(this.#ok)] : []),
      ...(this.#failed > 0 ? [requests(this.#failed, '500')] : []),
      bucket('0.1', this.#fast),
      bucket('+Inf', total),
    ]
    return scrapeOf(this.target, interval * INTERVAL_MS + this.#offsetMs, readings, this.#startedAtMs)
  }

  #serve(most: number): void {
    const count = Math.floor(this.#random.uniform() * most)
    for (let request = 0; request < count; request += 1) {
      if (this.#random.uniform() < 0.1) this.#failed += 1
      else this.#ok += 1
      if (this.#random.uniform() < 0.7) this.#fast += 1
    }
  }
}

const property = suite('WindowBuilder over a simulated cluster')

for (const seed of [
  'cluster/1',
  'cluster/2',
  'cluster/3',
  'cluster/4',
  'cluster/5',
  'cluster/6',
  'cluster/7',
  'cluster/8',
]) {
  property(`counts every scraped request once, seed "${seed}"`, () => {
    const random = new Random(seed)
    const pods = [
      ...['s1', 's2', 's3'].map((name) => new SimulatedPod(name, 'stable', -60_000, random.fork(name))),
      new SimulatedPod('c1', 'canary', 1, random.fork('c1')),
    ]
    const all = [...pods]
    const snapshots: Snapshot[] = []
    for (let interval = 0; interval < 120; interval += 1) {
      if (interval === 40) pods.splice(1, 1)
      if (interval === 60) {
        for (const [name, arm] of [
          ['s4', 'stable'],
          ['c2', 'canary'],
        ] as const) {
          const pod = new SimulatedPod(name, arm, interval * INTERVAL_MS, random.fork(name))
          pods.push(pod)
          all.push(pod)
        }
      }
      snapshots.push(...pods.map((pod) => pod.live(interval)).filter((snapshot) => snapshot !== undefined))
    }
    const builder = new WindowBuilder({ intervalMs: INTERVAL_MS, sinceMs: 0, weightAt: () => 10 })
    const windows: Window[] = []
    // Handed over in odd pieces, some of it twice.
    for (let from = 0, step = 1; from < snapshots.length; from += step, step = 1 + Math.floor(random.uniform() * 40)) {
      const piece = snapshots.slice(Math.max(0, from - 10), from + step)
      for (const snapshot of piece) builder.add(snapshot)
      const nextMs = Math.min(...snapshots.slice(from + step).map(({ atMs }) => atMs), Infinity)
      windows.push(...builder.advance(Math.min(nextMs - 1, 200 * INTERVAL_MS)).windows)
    }
    for (const window of windows) parseInput(windowSchema, window, 'a window')
    for (const name of ['canary', 'stable'] as const) {
      const expected = all.filter(({ target }) => target.arm === name).map(({ known }) => known)
      const sum = (of: (arm: NonNullable<Window['stable']>) => number) =>
        windows.reduce((total, window) => total + (window[name] === undefined ? 0 : of(window[name])), 0)
      assert.equal(
        {
          requests: sum(({ requests: count }) => count),
          errors: sum(({ errors }) => errors ?? 0),
          fast: sum(({ latency }) => latency?.counts[0] ?? 0),
          all: sum(({ latency }) => (latency?.counts[0] ?? 0) + (latency?.counts[1] ?? 0)),
        },
        {
          requests: total(expected, 'requests'),
          errors: total(expected, 'errors'),
          fast: total(expected, 'fast'),
          all: total(expected, 'requests'),
        },
      )
    }
    const times = windows.map(({ at }) => Date.parse(at))
    assert.ok(
      times.every((time, k) => k === 0 || time > times[k - 1]!),
      'times rise',
    )
    assert.ok(windows.length >= 50 && windows.length <= 120, `${windows.length} windows`)
  })
}

property.run()

function total<K extends string>(items: readonly Readonly<Record<K, number>>[], key: K): number {
  return items.reduce((sum, item) => sum + item[key], 0)
}
