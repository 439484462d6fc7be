import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ArmName } from '../../../analysis/evidence/counter.ts'
import { MatrixSnapshots } from '../../../analysis/evidence/matrix-snapshots.ts'
import type { RawSeries } from '../../../analysis/evidence/matrix.ts'
import type { Snapshot } from '../../../analysis/evidence/target.ts'
import { LABELS, profile } from './builders.ts'

const SILENCE_MS = 120_000

const snapshotsOf = () =>
  new MatrixSnapshots({
    profile,
    labels: LABELS,
    arms: new Map<string, ArmName>([
      ['aaa', 'stable'],
      ['bbb', 'canary'],
    ]),
    silenceMs: SILENCE_MS,
  })

type Labels = Readonly<Record<string, string>>

/** A series of pod s1 of stable unless its labels say otherwise; samples of seconds and value. */
function series(metric: string, labels: Labels, samples: readonly (readonly [number, number])[]): RawSeries {
  return {
    labels: {
      __name__: metric,
      rollouts_pod_template_hash: 'aaa',
      pod: 's1',
      instance: '10.0.0.1:80',
      job: 'pods',
      ...labels,
    },
    timesMs: samples.map(([seconds]) => seconds * 1_000),
    values: samples.map(([, value]) => value),
  }
}

const counted = (labels: Labels, ...samples: readonly (readonly [number, number])[]) =>
  series('inference_requests_total', { code: '200', ...labels }, samples)

const started = (labels: Labels, ...samples: readonly (readonly [number, number])[]) =>
  series('process_start_time_seconds', labels, samples)

function summary(snapshots: readonly Snapshot[]): unknown[] {
  return snapshots.map(({ target, atMs, startedAtMs, values }) => [
    target.pod,
    target.arm,
    atMs / 1_000,
    startedAtMs,
    values,
  ])
}

const test = suite('MatrixSnapshots.take()')

test('brings together what one scrape of a pod read, oldest first', () => {
  const matrix = [
    counted({}, [10, 1], [20, 2]),
    counted({ code: '500' }, [20, 9]),
    counted({ pod: 'c1', instance: '10.0.0.2:80', rollouts_pod_template_hash: 'bbb' }, [15, 5]),
    started({}, [10, 3], [20, 3]),
  ]
  assert.equal(summary(snapshotsOf().take(matrix)), [
    ['s1', 'stable', 10, 3_000, [1, Number.NaN]],
    ['c1', 'canary', 15, undefined, [5]],
    ['s1', 'stable', 20, 3_000, [2, 9]],
  ])
})

test('keeps targets and slots from one answer to the next', () => {
  const snapshots = snapshotsOf()
  const [first] = snapshots.take([counted({}, [10, 1])])
  const [second] = snapshots.take([counted({ code: '500' }, [20, 7]), counted({}, [20, 2])])
  assert.is(first?.target, second?.target)
  assert.equal(second?.values, [2, 7])
})

test('leaves out series of other pods and of metrics that do not matter', () => {
  const matrix = [counted({ rollouts_pod_template_hash: 'ccc' }, [10, 1]), series('up', {}, [[10, 1]])]
  assert.equal(snapshotsOf().take(matrix), [])
})

test('names counters by their own labels, whatever the scrape added', () => {
  const matrix = [started({ zone: 'z1' }, [10, 3]), counted({ zone: 'z1', endpoint: '/p' }, [10, 1])]
  assert.equal(
    snapshotsOf()
      .take(matrix)
      .flatMap(({ target }) => target.counters.map(({ name }) => name)),
    ['inference_requests_total{code="200",endpoint="/p"}'],
  )
})

test('tells containers of one pod apart', () => {
  const matrix = [counted({}, [10, 1]), counted({ instance: '10.0.0.1:81' }, [10, 2])]
  assert.is(snapshotsOf().take(matrix).length, 2)
})

test('names a pod by its address where it has no label', () => {
  const labels = { ...counted({}).labels, pod: undefined }
  const [snapshot] = snapshotsOf().take([{ labels, timesMs: [1_000], values: [1] }])
  assert.is(snapshot?.target.pod, '10.0.0.1:80')
})

test('takes one of two scrapers of a pod, so that nothing counts twice', () => {
  const matrix = [counted({ job: 'a' }, [10, 1], [20, 2], [30, 3]), counted({ job: 'b' }, [5, 1], [15, 2], [25, 3])]
  assert.equal(
    snapshotsOf()
      .take(matrix)
      .map(({ atMs }) => atMs / 1_000),
    [5, 15, 25],
  )
})

test('lets another scraper take over after a silence', () => {
  const matrix = [
    counted({ job: 'a' }, [10, 1], [20, 2], [130, 3]),
    counted({ job: 'b' }, [139, 1], [141, 2], [151, 3]),
  ]
  assert.equal(
    snapshotsOf()
      .take(matrix)
      .map(({ atMs }) => atMs / 1_000),
    [10, 20, 130],
  )
  const later = [counted({ job: 'a' }, [10, 1]), counted({ job: 'b' }, [20, 1], [131, 2], [141, 3])]
  assert.equal(
    snapshotsOf()
      .take(later)
      .map(({ atMs }) => atMs / 1_000),
    [10, 131, 141],
  )
})

test('knows whether an arm has counted anything', () => {
  const snapshots = snapshotsOf()
  snapshots.take([started({}, [10, 3])])
  assert.is(snapshots.hasSeen('stable'), false)
  snapshots.take([counted({}, [20, 0])])
  assert.is(snapshots.hasSeen('stable'), true)
  assert.is(snapshots.hasSeen('canary'), false)
})

test.run()
