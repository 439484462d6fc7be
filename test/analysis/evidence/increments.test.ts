import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { increments, type Continuity } from '../../../analysis/evidence/increments.ts'
import { bucket, makeTarget, predicted, requests, scrapeOf, type Reading } from './builders.ts'

const test = suite('increments()')

const SINCE_MS = 1_000_000

interface Case {
  readonly what: string
  readonly before?: readonly Reading[]
  readonly now: readonly Reading[]
  readonly startedBeforeMs?: number
  readonly startedNowMs?: number
  readonly continuity: Continuity
  readonly counts: readonly number[]
}

const CASES: readonly Case[] = [
  {
    what: 'counts what was added to each series',
    before: [requests(10), requests(1, '500')],
    now: [requests(15), requests(3, '500')],
    continuity: 'continued',
    counts: [5, 2],
  },
  {
    what: 'counts nothing between equal scrapes',
    before: [requests(10)],
    now: [requests(10)],
    continuity: 'continued',
    counts: [0],
  },
  {
    what: 'takes a series that was not there before to have begun at 0',
    before: [requests(10)],
    now: [requests(12), requests(4, '500')],
    continuity: 'continued',
    counts: [2, 4],
  },
  {
    what: 'leaves out what a process counted before the source began',
    now: [requests(10)],
    startedNowMs: SINCE_MS - 1,
    continuity: 'baseline',
    counts: [0],
  },
  {
    what: 'leaves it out as well where the process does not say when it began',
    now: [requests(10)],
    continuity: 'baseline',
    counts: [0],
  },
  {
    what: 'counts all of a process that began after the source',
    now: [requests(10), requests(1, '500')],
    startedNowMs: SINCE_MS,
    continuity: 'new',
    counts: [10, 1],
  },
  {
    what: 'sees a restart in the start time, whatever the counters say',
    before: [requests(10), requests(3, '500')],
    now: [requests(30), requests(3, '500')],
    startedBeforeMs: SINCE_MS - 60_000,
    startedNowMs: SINCE_MS + 60_000,
    continuity: 'restarted',
    counts: [30, 3],
  },
  {
    what: 'does not take a jump of the boot time by a second for a restart',
    before: [requests(10)],
    now: [requests(12)],
    startedBeforeMs: SINCE_MS - 60_000,
    startedNowMs: SINCE_MS - 59_000,
    continuity: 'continued',
    counts: [2],
  },
  {
    what: 'takes a start time before the earlier scrape for another process, higher counts or not',
    before: [requests(10)],
    now: [requests(1_200)],
    startedBeforeMs: SINCE_MS - 60_000,
    startedNowMs: SINCE_MS - 59_960,
    continuity: 'otherProcess',
    counts: [0],
  },
  {
    what: 'sees a restart in the sum of the counters, and counts anew what is higher than before',
    before: [bucket('0.1', 10), bucket('+Inf', 100)],
    now: [bucket('0.1', 20), bucket('+Inf', 50)],
    continuity: 'restarted',
    counts: [20, 50],
  },
  {
    what: 'sees a restart although series are not there again yet',
    before: [requests(100), requests(5, '500')],
    now: [requests(7)],
    continuity: 'restarted',
    counts: [7],
  },
  {
    what: 'counts one series anew when it alone fell',
    before: [requests(1_000), predicted('a', 50)],
    now: [requests(1_100), predicted('a', 3)],
    continuity: 'reset',
    counts: [100, 3],
  },
  {
    what: 'sets aside a scrape that lacks a series',
    before: [requests(10), bucket('+Inf', 10)],
    now: [requests(15)],
    continuity: 'incomplete',
    counts: [0],
  },
  {
    what: 'sets aside a scrape with NaN in place of a count',
    before: [requests(10), bucket('+Inf', 10)],
    now: [requests(15), bucket('+Inf', Number.NaN)],
    continuity: 'incomplete',
    counts: [0, 0],
  },
  {
    what: 'counts NaN in a first scrape as nothing',
    now: [requests(Number.NaN), bucket('+Inf', 4)],
    startedNowMs: SINCE_MS,
    continuity: 'new',
    counts: [0, 4],
  },
]

for (const { what, before, now, startedBeforeMs, startedNowMs, continuity, counts } of CASES) {
  test(what, () => {
    const target = makeTarget('p')
    const previous = before && scrapeOf(target, SINCE_MS, before, startedBeforeMs)
    const current = scrapeOf(target, SINCE_MS + 15_000, now, startedNowMs)
    assert.equal(increments(previous, current, SINCE_MS), { continuity, counts })
  })
}

for (const value of [-1, 0.5, 1e300, Infinity, -Infinity]) {
  test(`refuses the value ${value}, naming pod and series`, () => {
    const target = makeTarget('iris-6f7-x')
    assert.throws(
      () => increments(undefined, scrapeOf(target, 0, [requests(3), requests(value, '500')]), 0),
      (error: Error) =>
        error.message ===
        `Cannot use the metrics of pod iris-6f7-x: inference_requests_total{code="500"}: expected a counter with whole numbers from 0 to 2^53, received ${value}`,
    )
  })
}

test.run()
