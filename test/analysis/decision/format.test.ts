import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  formatCount,
  formatEvidence,
  formatFigure,
  formatPercent,
  formatPlanned,
  formatQuantile,
  formatRough,
  formatSeconds,
} from '../../../analysis/decision/format.ts'
import { formatWait } from '../../../analysis/decision/duration.ts'

const format = suite('format')

const CASES: readonly (readonly [string, string])[] = [
  [formatCount(0), '0'],
  [formatCount(1_940), '1,940'],
  [formatCount(12_345_678), '12,345,678'],
  [formatRough(1_873), '1,900'],
  [formatRough(7), '7'],
  [formatRough(99.2), '100'],
  [formatPlanned(1_873), 'about 1,900'],
  [formatPlanned(1e6), 'about 1,000,000'],
  [formatPlanned(1e12), 'more than a million'],
  [formatPlanned(Infinity), 'more than a million'],
  [formatWait(840_000), '14 min'],
  [formatWait(1e15), 'more than 30 days'],
  [formatPercent(0), '0 %'],
  [formatPercent(0.21), '21 %'],
  [formatPercent(0.09), '9 %'],
  [formatPercent(0.0523), '5.2 %'],
  [formatPercent(0.00871), '0.87 %'],
  [formatPercent(0.000134), '0.013 %'],
  [formatPercent(1), '100 %'],
  [formatPercent(0.9996), '100 %'],
  [formatFigure(0.3412), '0.34'],
  [formatFigure(1.25), '1.25'],
  [formatFigure(0.2), '0.2'],
  [formatFigure(17.26), '17.3'],
  [formatSeconds(0.25), '250 ms'],
  [formatSeconds(0.0042), '4.2 ms'],
  [formatSeconds(1.234), '1.23 s'],
  [formatEvidence(7.06), '7.1'],
  [formatEvidence(-0.04), '0.0'],
  [formatQuantile(0.95), 'p95'],
  [formatQuantile(0.999), 'p99.9'],
]

for (const [i, [actual, expected]] of CASES.entries()) {
  format(`writes ${expected} for people, case ${i}`, () => {
    assert.is(actual, expected)
  })
}

format.run()
