import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { drawHeatMap } from '../../../src/comparison/chart-heat-map.ts'

const test = suite('drawHeatMap()')

const draw = (classes: readonly string[], counts: readonly (readonly number[])[]) =>
  drawHeatMap({
    id: 'map',
    title: 'Labels',
    description: 'Labels of both models',
    classes,
    counts,
    rowTitle: 'stable',
    columnTitle: 'candidate',
    format: String,
  }).markup

test('draws a cell for every pair of classes, the deeper the larger its share of the row', () => {
  const svg = draw(
    ['a', 'b'],
    [
      [75, 25],
      [0, 10],
    ],
  )
  assert.equal(
    Array.from(svg.matchAll(/class="cell (same|other)"[^>]*fill-opacity="([0-9.]+)"/g), ([, kind, depth]) => [
      kind,
      depth,
    ]),
    [
      ['same', '0.78'],
      ['other', '0.34'],
      ['other', '0'],
      ['same', '1'],
    ],
  )
  assert.match(svg, '<title>stable a, candidate b: 25</title>')
})

test('writes counts where there is room for them, and none into empty cells', () => {
  const texts = (svg: string) => Array.from(svg.matchAll(/class="cell-count[^>]*>([^<]*)</g), ([, text]) => text)
  assert.equal(
    texts(
      draw(
        ['a', 'b'],
        [
          [3, 0],
          [0, 4],
        ],
      ),
    ),
    ['3', '4'],
  )
  const many = Array.from({ length: 40 }, (_, i) => `class ${i}`)
  assert.equal(
    texts(
      draw(
        many,
        many.map(() => many.map(() => 1)),
      ),
    ),
    [],
  )
})

test('stays within its drawing, whatever the number and length of the names', () => {
  const names = Array.from({ length: 15 }, (_, i) => `a very long name of a class ${i}`)
  const svg = draw(
    names,
    names.map(() => names.map(() => 1)),
  )
  const [, width, height] = /viewBox="0 0 (\d+) ([\d.]+)"/.exec(svg) ?? []
  for (const [, x, y, w, h] of svg.matchAll(
    /<rect[^>]* x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g,
  )) {
    assert.ok(Number(x) + Number(w) <= Number(width) && Number(y) + Number(h) <= Number(height))
  }
})

test('draws nothing but its frame for no class', () => {
  assert.match(draw([], []), /^<svg class="chart"/)
})

test.run()
