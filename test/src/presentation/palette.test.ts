import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DARK, LIGHT, type Palette } from '../../../src/presentation/palette.ts'

const THEMES: readonly (readonly [string, Palette])[] = [
  ['light', LIGHT],
  ['dark', DARK],
]

const test = suite('report palette')

for (const [theme, palette] of THEMES) {
  for (const name of ['text', 'muted', 'stable', 'good', 'bad', 'open'] as const) {
    test(`has text in ${name} that can be read on ${theme} pages`, () => {
      for (const ground of ['page', 'card'] as const) {
        const ratio = contrast(palette[name], palette[ground])
        assert.ok(ratio >= 4.5, `${name} on ${ground}: ${ratio.toFixed(2)}`)
      }
    })
  }

  for (const name of ['canary', 'errors', 'latency', 'drift', 'shadow'] as const) {
    test(`has shapes in ${name} that can be seen on ${theme} cards`, () => {
      const ratio = contrast(palette[name], palette.card)
      assert.ok(ratio >= 3, `${name}: ${ratio.toFixed(2)}`)
    })
  }

  test(`keeps the arms apart on ${theme} pages for every kind of colour vision`, () => {
    for (const matrix of Object.values(DEFICIENCIES)) {
      const distance = Math.hypot(
        ...seen(palette.stable, matrix).map((value, k) => value - (seen(palette.canary, matrix)[k] ?? 0)),
      )
      assert.ok(distance > 0.25, `distance ${distance.toFixed(2)}`)
    }
  })
}

test.run()

/** Contrast ratio of WCAG 2.1, 1 to 21. */
function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = linear(colour)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function linear(colour: string): number[] {
  return [1, 3, 5].map((start) => {
    const value = Number.parseInt(colour.slice(start, start + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
}

/** Full protanopia, deuteranopia and tritanopia in linear RGB: Machado et al. 2009, doi:10.1109/TVCG.2009.113. */
const DEFICIENCIES: Readonly<Record<string, readonly (readonly number[])[]>> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

function seen(colour: string, matrix: readonly (readonly number[])[]): number[] {
  const rgb = linear(colour)
  return matrix.map((row) => row.reduce((sum, factor, k) => sum + factor * (rgb[k] ?? 0), 0))
}
