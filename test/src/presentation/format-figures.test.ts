import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  formatClock,
  formatCount,
  formatEvidence,
  formatFigure,
  formatInterval,
  formatJudged,
  formatPlain,
  formatSeconds,
  formatShare,
} from '../../../src/presentation/format-figures.ts'

table('formatCount()', formatCount, [
  [0, '0'],
  [999, '999'],
  [12_400, '12,400'],
  [178.6, '179'],
])

table('formatShare()', formatShare, [
  [0, '0 %'],
  [0.000_03, '<0.01 %'],
  [-0.000_03, '>−0.01 %'],
  [0.000_16, '0.02 %'],
  [0.0033, '0.33 %'],
  [0.013, '1.3 %'],
  [0.5, '50 %'],
  [0.996, '100 %'],
  [1, '100 %'],
  [-0.0021, '−0.21 %'],
])

table('formatSeconds()', formatSeconds, [
  [0, '0 ms'],
  [0.00035, '350 µs'],
  [0.000_999, '1 ms'],
  [0.0018, '1.8 ms'],
  [0.25, '250 ms'],
  [0.9949, '995 ms'],
  [0.9999, '1 s'],
  [1.254, '1.25 s'],
  [-0.0018, '−1.8 ms'],
])

table('formatPlain()', formatPlain, [
  [0, '0'],
  [0.0001, '<0.0005'],
  [-0.0001, '>−0.0005'],
  [0.034, '0.034'],
  [1.2546, '1.25'],
  [99.96, '100'],
  [12_400, '12,400'],
  [-12_400, '−12,400'],
])

table('formatEvidence()', formatEvidence, [
  [4.605, '4.6'],
  [-0.7, '−0.7'],
  [-0.04, '0.0'],
  [0, '0.0'],
])

table('formatClock()', formatClock, [
  [0, '0:00'],
  [7_999, '0:07'],
  [750_000, '12:30'],
  [3_750_000, '1:02:30'],
  [-5, '0:00'],
])

const figure = suite('formatFigure()')

figure('shows response times as times and judges them as shares', () => {
  assert.is(formatFigure('latency', 0.0042), '4.2 ms')
  assert.is(formatJudged('latency', 0.0042), '0.42 %')
  assert.is(formatFigure('latencyMax', null), '–')
})

figure('shows distances without a unit and rates as shares', () => {
  assert.is(formatFigure('predictionDrift', 0.34), '0.34')
  assert.is(formatFigure('shadow', 0.34), '34 %')
})

figure.run()

const interval = suite('formatInterval()')

interval('writes the unit once', () => {
  assert.is(formatInterval('errorRate', 0.0017, 0.0066), '0.17 … 0.66 %')
  assert.is(formatInterval('errorRate', 0.000_01, 0.0066), '<0.01 … 0.66 %')
  assert.is(formatInterval('predictionDrift', 0.26, 0.43), '0.26 … 0.43')
})

interval.run()

function table(name: string, format: (value: number) => string, rows: readonly (readonly [number, string])[]): void {
  const test = suite(name)
  for (const [value, expected] of rows) {
    test(`writes ${value} as ${expected}`, () => {
      assert.is(format(value), expected)
    })
  }
  test.run()
}
