import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { drawLines, spread, type Line, type LineChart } from '../../../src/presentation/chart-lines.ts'

const draw = suite('drawLines()')

draw('draws a path through the points of each line', () => {
  const { markup } = drawLines(chart([line('a', [0, 5, 10])]))
  // 0 s, 5 s and 10 s from the left edge to the right; 0 of 10 at the bottom, 10 at the top.
  assert.match(markup, 'd="M54 148h0L322 98L590 48"')
})

draw('holds a value until the next one where steps are asked for', () => {
  const { markup } = drawLines(chart([{ ...line('weight', [0, 10, 10]), shape: 'steps' }]))
  assert.match(markup, 'd="M54 148h0H322V48H590V48"')
})

draw('leaves a gap where nothing was measured', () => {
  const { markup } = drawLines(chart([line('a', [0, null, 10])]))
  assert.match(markup, 'd="M54 148h0M590 48h0"')
})

draw('marks where steps began and leaves out labels without room', () => {
  const { markup } = drawLines({
    ...chart([line('a', [1, 2])]),
    boundaries: [
      { atMs: 0, label: '10 %' },
      { atMs: 100, label: '30 %' },
      { atMs: 9_000, label: '50 %' },
    ],
  })
  assert.is(markup.match(/class="boundary"/g)?.length, 3)
  assert.match(markup, '>10 %<')
  assert.not.match(markup, '>30 %<')
  assert.match(markup, '>50 %<')
})

draw('shows a limit above all values', () => {
  const drawn = chart([line('a', [1, 2])])
  const { markup } = drawLines({
    ...drawn,
    panels: drawn.panels.map((panel) => ({ ...panel, limit: { value: 8, label: 'abort at 8' } })),
  })
  const y = Number(/class="limit" d="M54 ([0-9.]+)H/.exec(markup)?.[1])
  assert.ok(y > 48 && y < 100, `limit at ${y}`)
  assert.match(markup, 'abort at 8')
})

draw('names lines beside their ends', () => {
  const { markup } = drawLines({ ...chart([line('low', [1, 1]), line('high', [1, 9])]), nameWidth: 100 })
  const names = Array.from(markup.matchAll(/class="name"[^>]*y="([0-9.]+)"[^>]*>([a-z]+)</g), ([, y, name]) => [
    name,
    Number(y),
  ])
  assert.equal(
    names.map(([name]) => name),
    ['high', 'low'],
  )
})

draw('draws no points without a fault', () => {
  const { markup } = drawLines({ ...chart([line('a', [])]), spanMs: [0, 0] })
  assert.not.match(markup, 'NaN')
  assert.not.match(markup, 'Infinity')
})

draw.run()

const apart = suite('spread()')

apart('leaves places alone that are far enough apart', () => {
  assert.equal(spread([10, 40, 70], 14, [0, 100]), [10, 40, 70])
})

apart('moves neighbours apart, in order, within the edges', () => {
  for (const wanted of [
    [50, 50, 50],
    [95, 96, 97, 98],
    [0, 0, 1],
    [-20, 120],
  ]) {
    const places = spread(wanted, 14, [0, 100])
    for (const [k, place] of places.entries()) {
      assert.ok(place >= -1e-9 && place <= 100 + 1e-9, `${wanted.join()} gave ${places.join()}`)
      if (k > 0) assert.ok(place - (places[k - 1] ?? 0) >= 14 - 1e-9, `${wanted.join()} gave ${places.join()}`)
    }
  }
})

apart.run()

function chart(lines: readonly Line[]): LineChart {
  return {
    id: 'evidence',
    title: 'Evidence',
    description: 'Over time.',
    spanMs: [0, 10_000],
    boundaries: [],
    width: 600,
    nameWidth: 0,
    panels: [{ label: 'value', height: 100, values: { kind: 'fromZero' }, format: String, lines, limit: null }],
  }
}

function line(name: string, values: readonly (number | null)[]): Line {
  const stepMs = 10_000 / Math.max(1, values.length - 1)
  return { name, style: name, shape: 'straight', points: values.map((value, k) => ({ atMs: k * stepMs, value })) }
}
