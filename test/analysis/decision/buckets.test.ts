import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  bucketQuantile,
  commonBounds,
  countsIn,
  nearestBound,
  placesOf,
  regroup,
  thinBounds,
} from '../../../analysis/decision/buckets.ts'
import { near } from './near.ts'

const common = suite('commonBounds()')

common('keeps what both have', () => {
  assert.equal(commonBounds([0.1, 0.25, 0.5, 1], [0.05, 0.25, 1, 2]), [0.25, 1])
  assert.equal(commonBounds([0.1], [0.2]), [])
})

common.run()

const grouped = suite('regroup()')

grouped('adds the buckets between the bounds that are left', () => {
  assert.equal(regroup([1, 2, 3, 4, 5], [0.1, 0.25, 0.5, 1], [0.25, 1]), [3, 7, 5])
  assert.equal(regroup([1, 2, 3, 4, 5], [0.1, 0.25, 0.5, 1], [0.1, 0.25, 0.5, 1]), [1, 2, 3, 4, 5])
})

grouped('makes empty buckets from nothing', () => {
  assert.equal(regroup([], [], [0.25, 1]), [0, 0, 0])
})

grouped.run()

const counts = suite('countsIn()')

counts('gives the counts of fewer bounds', () => {
  assert.equal(countsIn({ le: [1, 2], counts: [3, 4, 5] }, [2]), [7, 5])
})

counts.run()

const places = suite('placesOf()')

places('finds bounds', () => {
  assert.equal(placesOf([0.1, 0.25, 0.5], [0.25, 0.5]), [1, 2])
})

places.run()

const thin = suite('thinBounds()')

thin('drops what merges the least, and keeps what it must', () => {
  const masses = [10, 1, 2, 30, 20]
  const loss = (before: number, _: number, after: number) =>
    masses.slice(before + 1, after + 1).reduce((sum, mass) => sum + mass, 0)
  assert.equal(thinBounds([1, 2, 3, 4], 2, loss), [3, 4])
  assert.equal(thinBounds([1, 2, 3, 4], 2, loss, 2), [2, 4])
  assert.equal(thinBounds([1, 2], 4, loss), [1, 2])
})

thin.run()

const nearest = suite('nearestBound()')

nearest('compares by ratio', () => {
  assert.is(nearestBound([0.1, 1], 0.3), 0)
  assert.is(nearestBound([0.1, 1], 0.4), 1)
})

nearest.run()

const quantile = suite('bucketQuantile()')

quantile('interpolates within the bucket', () => {
  near(bucketQuantile([0.1, 0.2, 0.4], [50, 40, 10, 0], 0.95)!, 0.3)
  near(bucketQuantile([0.1, 0.2, 0.4], [100, 0, 0, 0], 0.5)!, 0.05)
})

quantile('gives the largest bound beyond it, and nothing for nothing', () => {
  assert.is(bucketQuantile([0.1, 0.2], [1, 0, 9], 0.95), 0.2)
  assert.is(bucketQuantile([0.1, 0.2], [0, 0, 0], 0.95), null)
})

quantile.run()
