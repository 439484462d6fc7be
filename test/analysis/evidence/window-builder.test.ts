import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Window } from '#decision'
import type { Collected } from '#evidence'
import type { Target } from '../../../analysis/evidence/target.ts'
import { WindowBuilder } from '../../../analysis/evidence/window-builder.ts'
import { bucket, makeTarget, predicted, requests, scrapeOf, type Reading } from './builders.ts'

const INTERVAL_MS = 10_000

const builderOf = (weight = 10) => new WindowBuilder({ intervalMs: INTERVAL_MS, sinceMs: 0, weightAt: () => weight })

/** Feeds scrapes of one counter of requests: who, when (seconds), value. */
function feed(
  builder: WindowBuilder,
  scrapes: readonly (readonly [Target, number, number])[],
  toSeconds: number,
): Collected {
  for (const [target, seconds, value] of scrapes) builder.add(scrapeOf(target, seconds * 1_000, [requests(value)]))
  return builder.advance(toSeconds * 1_000)
}

/** Seconds and requests of each window, canary then stable; undefined for an arm without a scrape. */
function summary(windows: readonly Window[]): unknown[] {
  return windows.map(({ at, canary, stable }) => [Date.parse(at) / 1_000, canary?.requests, stable?.requests])
}

const close = suite('WindowBuilder.advance()')

close('closes a window with the scrape that brings the last live pod something new', () => {
  const [a, b, c] = [makeTarget('a'), makeTarget('b'), makeTarget('c', 'canary')]
  const { windows } = feed(
    builderOf(),
    [
      [a, 1, 0],
      [b, 5, 0],
      [c, 9, 0],
      [a, 11, 10],
      [b, 15, 20],
      [c, 19, 3],
      [a, 21, 15],
      [b, 25, 25],
      [c, 29, 4],
    ],
    30,
  )
  assert.equal(summary(windows), [
    [19, 3, 30],
    [29, 1, 10],
  ])
})

close('gives the same windows whatever the order and the moment in which scrapes are handed over', () => {
  const scrapesOf = ([a, b]: readonly [Target, Target]) =>
    Array.from({ length: 12 }, (_, k) => [
      [a, 1 + 10 * k, 7 * k] as const,
      // One scrape of b failed.
      ...(k === 5 ? [] : [[b, 6 + 10 * k, 3 * k] as const]),
    ]).flat()
  const once = feed(builderOf(), scrapesOf([makeTarget('a'), makeTarget('b', 'canary')]).toReversed(), 130).windows
  const targets = [makeTarget('a'), makeTarget('b', 'canary')] as const
  const stepwise = builderOf()
  const windows = Array.from(
    { length: 130 },
    (_, second) =>
      feed(
        stepwise,
        scrapesOf(targets).filter(([, at]) => at === second),
        second + 1,
      ).windows,
  ).flat()
  assert.equal(windows, once)
  assert.is(once.length, 10)
})

close('lets a pod without a new scrape count nothing now and everything with the next', () => {
  const [a, c] = [makeTarget('a'), makeTarget('c', 'canary')]
  const { windows } = feed(
    builderOf(),
    [
      [a, 1, 0],
      [c, 2, 0],
      [a, 11, 10],
      [c, 12, 1],
      [a, 21, 20],
      [a, 31, 30],
      [a, 41, 40],
      [c, 42, 9],
      [a, 51, 50],
    ],
    55,
  )
  assert.equal(summary(windows), [
    [12, 1, 10],
    [32, undefined, 20],
    [41, undefined, 10],
    [51, 8, 10],
  ])
})

close('gives up on a vanished pod after two intervals and says so once', () => {
  const [a, b] = [makeTarget('a'), makeTarget('b')]
  const scrapes = Array.from({ length: 10 }, (_, k) => [a, 1 + 10 * k, k] as const)
  const { windows, notes } = feed(builderOf(), [[b, 3, 0], [b, 13, 100], ...scrapes], 95)
  assert.equal(
    notes.map(({ kind, text }) => `${kind}: ${text}`),
    ['podGone: pod b was not scraped for 2 intervals: windows close without it'],
  )
  assert.is(
    windows.reduce((sum, { stable }) => sum + (stable?.requests ?? 0), 0),
    100 + 9,
  )
  assert.is(windows.length, 8)
})

close('counts on from where a pod was when it comes back', () => {
  const [a, b] = [makeTarget('a'), makeTarget('b')]
  const scrapes = Array.from({ length: 10 }, (_, k) => [a, 1 + 10 * k, 0] as const)
  const { windows } = feed(builderOf(), [[b, 3, 50], [b, 13, 60], [b, 83, 90], ...scrapes], 95)
  assert.is(
    windows.reduce((sum, { stable }) => sum + (stable?.requests ?? 0), 0),
    40,
  )
})

close('waits for a pod that is scraped more rarely than the others', () => {
  const [a, c] = [makeTarget('a'), makeTarget('c', 'canary')]
  const scrapes = [
    ...Array.from({ length: 13 }, (_, k) => [a, 1 + 10 * k, k] as const),
    ...Array.from({ length: 5 }, (_, k) => [c, 2 + 30 * k, k] as const),
  ]
  const { windows, notes } = feed(builderOf(), scrapes, 125)
  const rare = windows.filter(({ canary }) => canary !== undefined)
  assert.equal(
    rare.map(({ canary }) => canary?.requests),
    [1, 1, 1, 1],
  )
  // Until two of its scrapes are known, its period is taken to be the configured one.
  assert.is(notes.filter(({ kind }) => kind === 'podGone').length, 1)
  assert.equal(summary(windows).at(-1), [122, 1, 3])
})

close('brings no window for a scrape at a time that is known already', () => {
  const a = makeTarget('a')
  const builder = builderOf()
  assert.is(
    feed(
      builder,
      [
        [a, 1, 0],
        [a, 11, 5],
      ],
      12,
    ).windows.length,
    1,
  )
  assert.is(
    feed(
      builder,
      [
        [a, 1, 0],
        [a, 11, 5],
      ],
      13,
    ).windows.length,
    0,
  )
})

close('closes no window while nothing is scraped at all', () => {
  const a = makeTarget('a')
  const builder = builderOf()
  feed(
    builder,
    [
      [a, 1, 0],
      [a, 11, 5],
    ],
    12,
  )
  assert.equal(feed(builder, [], 300).windows, [])
  assert.equal(summary(feed(builder, [[a, 301, 25]], 305).windows), [[301, undefined, 20]])
})

close('labels a window with the weight at its end', () => {
  const a = makeTarget('a')
  const builder = new WindowBuilder({
    intervalMs: INTERVAL_MS,
    sinceMs: 0,
    weightAt: (atMs) => (atMs < 20_000 ? 10 : 30),
  })
  const { windows } = feed(
    builder,
    [
      [a, 1, 0],
      [a, 11, 5],
      [a, 21, 6],
    ],
    30,
  )
  assert.equal(
    windows.map(({ weight }) => weight),
    [10, 30],
  )
})

close('says what happened to a pod', () => {
  const a = makeTarget('a')
  const builder = builderOf()
  const readings: [number, readonly Reading[]][] = [
    [1, [requests(100), bucket('1', 100), bucket('+Inf', 100)]],
    [11, [requests(110)]],
    [21, [requests(5), bucket('1', 5), bucket('+Inf', 5)]],
    [31, [requests(9), bucket('1', 3), bucket('+Inf', 5)]],
  ]
  for (const [seconds, each] of readings) builder.add(scrapeOf(a, seconds * 1_000, each))
  builder.add(scrapeOf(makeTarget('b'), 31_000, [requests(4)], 30_000))
  assert.equal(
    builder.advance(32_000).notes.map(({ kind, text }) => `${kind}: ${text}`),
    [
      'missingSeries: pod a brought a scrape that lacks counters: it counts with the next one',
      'podRestarted: pod a restarted: its counters began again at 0',
      'counterReset: pod a has a counter that began again although the process goes on',
      'podNew: pod b is new: it counts from 0',
    ],
  )
})

close('goes on without a counter that stays away', () => {
  const a = makeTarget('a')
  const builder = builderOf()
  builder.add(scrapeOf(a, 0, [requests(10), requests(4, '500')]))
  for (let k = 1; k <= 6; k += 1) builder.add(scrapeOf(a, k * 10_000, [requests(10 + k)]))
  // It returns as it was, and one more.
  builder.add(scrapeOf(a, 70_000, [requests(17), requests(5, '500')]))
  const { windows } = builder.advance(75_000)
  assert.equal(
    windows.map(({ stable }) => [stable?.requests, stable?.errors]),
    [
      [3, 0],
      [1, 0],
      [1, 0],
      [1, 0],
      [2, 1],
    ],
  )
})

close(
  'counts what each of two workers counts between scrapes of its own, and refuses them when they keep changing',
  () => {
    const builder = builderOf()
    const a = makeTarget('a')
    const scrape = (seconds: number, worker: 1 | 2) => {
      builder.add(scrapeOf(a, seconds * 1_000, [requests(worker * 1_000 + seconds)], -worker * 40))
    }
    scrape(0, 1)
    scrape(10, 1)
    scrape(20, 2)
    scrape(30, 2)
    assert.equal(summary(builder.advance(35_000).windows), [
      [10, undefined, 10],
      [20, undefined, 0],
      [30, undefined, 10],
    ])
    for (const [seconds, worker] of [
      [40, 1],
      [50, 2],
      [60, 1],
    ] as const)
      scrape(seconds, worker)
    assert.throws(
      () => builder.advance(65_000),
      /^Cannot use the metrics of pod a: process_start_time_seconds: expected one process, received several in turn/,
    )
  },
)

close.run()

const content = suite('WindowBuilder windows')

content('hold all parts, and nothing that was not measured', () => {
  const a = makeTarget('a')
  const builder = builderOf()
  const readings = (k: number): Reading[] => [
    requests(100 * k),
    requests(2 * k, '500'),
    bucket('0.1', 90 * k),
    bucket('0.5', 99 * k),
    bucket('+Inf', 102 * k),
    predicted('setosa', 30 * k),
    predicted('other', 70 * k),
  ]
  builder.add(scrapeOf(a, 0, readings(1)))
  builder.add(scrapeOf(a, 10_000, readings(2)))
  assert.equal(builder.advance(11_000).windows, [
    {
      at: '1970-01-01T00:00:10.000Z',
      weight: 10,
      stable: {
        requests: 102,
        errors: 2,
        latency: { le: [0.1, 0.5], counts: [90, 9, 3] },
        predictions: { setosa: 30, other: 70 },
      },
    },
  ])
})

content('add the histograms of several endpoints', () => {
  const a = makeTarget('a')
  const builder = builderOf()
  const readings = (k: number): Reading[] =>
    ['/a', '/b'].flatMap((endpoint) => [
      ['inference_latency_seconds_bucket', { le: '0.1', endpoint }, 3 * k] as const,
      ['inference_latency_seconds_bucket', { le: '+Inf', endpoint }, 5 * k] as const,
    ])
  builder.add(scrapeOf(a, 0, readings(1)))
  builder.add(scrapeOf(a, 10_000, readings(2)))
  assert.equal(builder.advance(11_000).windows[0]?.stable?.latency, { le: [0.1], counts: [6, 4] })
})

content('leave out a histogram whose counters contradict each other', () => {
  const [a, b] = [makeTarget('a'), makeTarget('b')]
  const builder = builderOf()
  for (const [seconds, small, all] of [
    [0, 50, 100],
    [10, 70, 101],
  ] as const) {
    builder.add(scrapeOf(a, seconds * 1_000, [requests(1_000 + seconds), bucket('0.1', small), bucket('+Inf', all)]))
    builder.add(scrapeOf(b, seconds * 1_000, [bucket('0.1', seconds), bucket('+Inf', 2 * seconds)]))
  }
  assert.equal(builder.advance(11_000).windows[0]?.stable?.latency, { le: [0.1], counts: [10, 10] })
})

content('at weight 0 hold one stable pod beside the others', () => {
  const targets = ['c', 'a', 'b'].map((pod) => makeTarget(pod))
  const scrapes = targets.flatMap((target, k) => [[target, 0, 0] as const, [target, 10, 10 ** k] as const])
  const window = feed(builderOf(0), scrapes, 11).windows[0]
  assert.equal(window?.stable, { requests: 111, errors: 0 })
  assert.equal(window?.aa, { canary: { requests: 10, errors: 0 }, stable: { requests: 101, errors: 0 } })
})

content('at weight 0 hold no such pair with a single stable pod', () => {
  const [a, c] = [makeTarget('a'), makeTarget('c', 'canary')]
  const window = feed(
    builderOf(0),
    [
      [a, 0, 0],
      [a, 10, 5],
      [c, 0, 0],
      [c, 10, 5],
    ],
    11,
  ).windows[0]
  assert.is(window?.aa, undefined)
})

content('move shadow counts that overtook their pairs to the next window', () => {
  const c = makeTarget('c', 'canary')
  const builder = builderOf()
  for (const [seconds, pairs, differ, canaryErrors, stableErrors] of [
    [0, 0, 0, 0, 0],
    [10, 10, 12, 8, 4],
    [20, 20, 13, 8, 4],
  ] as const) {
    builder.add(
      scrapeOf(c, seconds * 1_000, [
        ['shadow_pairs_total', {}, pairs],
        ['shadow_disagreements_total', {}, differ],
        ['shadow_errors_total', { side: 'canary' }, canaryErrors],
        ['shadow_errors_total', { side: 'stable' }, stableErrors],
        ['shadow_causes_total', { cause: 'failed' }, canaryErrors],
      ]),
    )
  }
  assert.equal(
    builder.advance(21_000).windows.map(({ shadow }) => shadow),
    [
      { pairs: 10, disagreements: 10, canaryOnlyErrors: 8, stableOnlyErrors: 2, causes: { failed: 8 } },
      { pairs: 10, disagreements: 3, canaryOnlyErrors: 0, stableOnlyErrors: 2 },
    ],
  )
})

content('have a noise before anything is compared, and slices with the pairs', () => {
  const s = makeTarget('s')
  const c = makeTarget('c', 'canary')
  const builder = builderOf()
  for (const seconds of [0, 10, 20, 30, 40]) {
    const asked = Math.min(seconds, 30)
    builder.add(
      scrapeOf(s, seconds * 1_000, [
        ['shadow_noise_pairs_total', {}, asked],
        ['shadow_noise_disagreements_total', {}, asked / 10],
      ]),
    )
    if (seconds >= 20) {
      builder.add(
        scrapeOf(c, seconds * 1_000, [
          ['shadow_pairs_total', {}, 2 * seconds],
          ['shadow_disagreements_total', {}, 0],
          ['shadow_slice_pairs_total', { slice: 'acme' }, seconds],
        ]),
      )
    }
  }
  const compared = { pairs: 20, disagreements: 0, slices: { acme: { pairs: 10, disagreements: 0 } } }
  assert.equal(
    builder.advance(41_000).windows.map(({ shadow }) => shadow),
    [
      { pairs: 0, noise: { pairs: 10, disagreements: 1 } },
      { ...compared, noise: { pairs: 20, disagreements: 2 } },
      compared,
    ],
  )
})

content('refuse predictions of several outputs', () => {
  const a = makeTarget('a')
  const builder = builderOf()
  for (const seconds of [0, 10])
    builder.add(scrapeOf(a, seconds * 1_000, [predicted('x', 1), predicted('y', 1, 'second')]))
  assert.throws(
    () => builder.advance(11_000),
    /output: expected one output, received "label", "second": a request counts in each$/,
  )
})

content('refuse more classes than a label of classes has', () => {
  const a = makeTarget('a')
  const builder = builderOf()
  const readings = Array.from({ length: 5_000 }, (_, k) => predicted(`user-${k}`, 1))
  for (const seconds of [0, 10]) builder.add(scrapeOf(a, seconds * 1_000, readings))
  assert.throws(() => builder.advance(11_000), /class: expected at most 4096 classes, received 5000$/)
})

content.run()
