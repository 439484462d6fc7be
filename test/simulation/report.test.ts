import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dotChart } from './report/dot-chart.ts'
import { renderCharts } from './report/charts.ts'
import { renderReport } from './report/report.ts'
import { element, label } from './report/svg.ts'
import type { CellResult } from './simulate.ts'
import { tally, type Outcome, type Tally } from './tally.ts'

function gateTally(events: number, runs: number): Tally {
  return { judge: 'default', kind: 'gate', runs, events, medianMs: null, p90Ms: null, medianCount: null }
}

function cell(table: string, row: readonly string[], ...tallies: readonly Tally[]): CellResult {
  return { name: `${table} ${row.join(' ')}`, table, row, tallies }
}

const tallies = suite('tally()')

tallies('takes quantiles over all runs, those that never spoke included', () => {
  const outcomes: Outcome[] = [[30_000, 300], null, [10_000, 100], null, [20_000, 200]]
  const found = tally({ name: 'x', kind: 'gate', open: () => () => false }, outcomes)
  assert.is(found.events, 3)
  assert.is(found.medianMs, 30_000)
  assert.is(found.medianCount, 300)
  assert.is(found.p90Ms, null)
})

tallies.run()

const report = suite('renderReport()')

report('says whether a rate is shown to be within the budget, allowed by the data, or above it', () => {
  const text = renderReport({
    seed: 's',
    cells: [
      cell('errors', ['1 %', '10', '10 %'], gateTally(10, 3_000)),
      cell('errors', ['1 %', '10', '30 %'], gateTally(0, 100)),
      cell('errors', ['1 %', '10', '50 %'], gateTally(60, 3_000)),
    ],
  })
  assert.match(text, '| 1 % | 10 | 10 % | 0.33 % (≤ 0.56 %) |')
  assert.match(text, '**0 % (≤ 2.95 %), not shown to be within 1 %**')
  assert.match(text, /\*\*2\.00 % \(≤ 2\.\d\d %\), above 1 %\*\*/)
  assert.match(text, '| 1 of 3 | 2.00 % |')
})

report('shows delays with the share that was found where it is less than half', () => {
  const found = { ...gateTally(380, 400), medianMs: 30_000, p90Ms: 50_000, medianCount: 1_312 }
  const text = renderReport({
    seed: 's',
    cells: [
      cell('error delays', ['1 % → 5 %', '100', '10 %'], found),
      cell('error delays', ['1 % → 5 %', '1', '10 %'], gateTally(50, 400)),
    ],
  })
  assert.match(text, '| 30 / 50 (1,312) |')
  assert.match(text, '| 12.5 % |')
})

report.run()

const charts = suite('renderCharts()')

charts('draws one chart per table that has results', () => {
  const drawn = renderCharts({ seed: 's', cells: [cell('latency', ['10', '10 %'], gateTally(3, 3_000))] })
  assert.equal(
    drawn.map(([name]) => name),
    ['latency.svg'],
  )
  assert.match(drawn[0]![1], '10 req/s, 10 % canary')
})

charts.run()

const chart = suite('dotChart()')

chart('puts zero, values and what is beyond the axis at rising places', () => {
  const svg = dotChart({
    title: 'a < b',
    axisTitle: 'x',
    series: [{ name: 's', mark: 'disc', colour: '#000' }],
    rows: [{ name: 'r', dots: [0, 1, 100, Infinity].map((value) => ({ series: 's', value })) }],
    decades: [0, 2],
    tick: String,
    zeroLabel: '0',
    beyondLabel: 'more',
  })
  const places = [...svg.matchAll(/<circle cx="([\d.]+)"/g)].map(([, x]) => Number(x)).slice(1)
  assert.is(places.length, 4)
  assert.equal(
    places,
    [...places].sort((a, b) => a - b),
  )
  assert.is(new Set(places).size, 4)
  assert.match(svg, 'a &lt; b')
})

chart.run()

const svg = suite('element()')

svg('escapes texts and attributes and rounds numbers', () => {
  assert.is(element('line', { x1: 1 / 3, title: 'a "b" & c' }), '<line x1="0.33" title="a &quot;b&quot; &amp; c"/>')
  assert.is(label('<x>', { y: 1 }), '<text y="1">&lt;x&gt;</text>')
})

svg.run()
