import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { drawBars, type BarChart } from '../../../src/presentation/chart-bars.ts'

const test = suite('drawBars()')

test('draws one bar per value, its height in proportion', () => {
  const bars = barsOf(chart({}))
  assert.is(bars.length, 4)
  const [first, second] = bars
  assert.ok(Math.abs((second?.height ?? 0) / (first?.height ?? 1) - 2) < 0.02)
})

test('keeps the bars of a group side by side, without overlap', () => {
  const many = Array.from({ length: 16 }, (_, k) => k / 100)
  const bars = barsOf(chart({ labels: many.map(String), series: [series('stable', many), series('canary', many)] }))
  const sorted = [...bars].sort((a, b) => a.x - b.x)
  for (const [k, bar] of sorted.slice(1).entries()) {
    assert.ok(bar.x >= (sorted[k]?.x ?? 0) + (sorted[k]?.width ?? 0), `bar ${k + 1}`)
  }
})

test('says what each bar means to those who point at it', () => {
  const { markup } = drawBars(chart({}))
  assert.match(markup, '<title>setosa: stable 10</title>')
  assert.match(markup, '<title>virginica: canary 40</title>')
})

test('names the ranges between edges', () => {
  const { markup } = drawBars(
    chart({ labelsAt: 'edges', labels: ['1 ms', '2 ms'], series: [series('stable', [1, 2, 3])] }),
  )
  for (const range of ['up to 1 ms', '1 ms to 2 ms', 'above 2 ms']) assert.match(markup, `<title>${range}: stable`)
})

test('puts the limit where it belongs', () => {
  const [at] = limitsOf(drawBars(chart({ marker: { at: 1, label: 'objective' } })).markup)
  const bars = barsOf(chart({}))
  assert.ok(at !== undefined && at > (bars[2]?.x ?? Infinity) && at < (bars[1]?.x ?? -Infinity), `limit at ${at}`)
})

test('keeps a limit beyond the last group inside of the chart', () => {
  const [at] = limitsOf(drawBars(chart({ marker: { at: 99, label: 'objective' } })).markup)
  assert.is(at, 532)
})

test('turns labels that would run into each other', () => {
  assert.not.match(drawBars(chart({})).markup, 'rotate(')
  const long = ['a very long class name', 'another very long class name', 'x', 'y', 'z', 'zz', 'zzz', 'q']
  const drawn = drawBars(chart({ labels: long, series: [series('stable', [1, 2, 3, 4, 5, 6, 7, 8])] })).markup
  assert.match(drawn, 'rotate(')
  assert.match(drawn, 'another very lo…')
})

test('draws nothing but zeros without a fault', () => {
  const { markup } = drawBars(chart({ series: [series('stable', [0, 0]), series('canary', [0, 0])] }))
  assert.not.match(markup, 'NaN')
})

test('escapes labels', () => {
  const { markup } = drawBars(chart({ labels: ['<b>', '"&\''] }))
  assert.not.match(markup, '<b>')
  assert.match(markup, '&lt;b&gt;')
})

test.run()

function chart(changes: Partial<BarChart>): BarChart {
  return {
    id: 'classes',
    title: 'Classes',
    description: 'Shares.',
    labels: ['setosa', 'virginica'],
    labelsAt: 'groups',
    series: [series('stable', [10, 20]), series('canary', [30, 40])],
    format: String,
    marker: null,
    ...changes,
  }
}

function series(name: string, values: readonly number[]) {
  return { name, style: name, values }
}

function barsOf(drawn: BarChart) {
  const found = drawBars(drawn).markup.matchAll(/<rect [^>]*x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)"/g)
  return Array.from(found, (match) => {
    const [x, y, width, height] = match.slice(1).map(Number)
    return { x: x ?? 0, y: y ?? 0, width: width ?? 0, height: height ?? 0 }
  })
}

function limitsOf(drawn: string): number[] {
  return Array.from(drawn.matchAll(/class="limit" d="M([0-9.]+) /g), ([, x]) => Number(x))
}
