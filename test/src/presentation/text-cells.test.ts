import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cellsOf, clipCells, fitCells, visibleText, wrapCells } from '../../../src/presentation/text-cells.ts'

const visible = suite('visibleText()')

visible('keeps letters, accents and pictures', () => {
  assert.is(visibleText('modèle 模型 🚀.onnx'), 'modèle 模型 🚀.onnx')
})

visible('puts everything on one line', () => {
  assert.is(visibleText('one\r\ntwo\tthree'), 'one two three')
})

for (const [name, character] of [
  ['escape', '\u001b'],
  ['null', '\u0000'],
  ['one-byte CSI', '\u009b'],
  ['right-to-left override', '\u202e'],
  ['zero-width space', '\u200b'],
  ['half of a pair', '\ud83d'],
] as const) {
  visible(`shows a ${name}`, () => {
    assert.is(visibleText(`a${character}b`), 'a\ufffdb')
  })
}

visible.run()

const cells = suite('cellsOf()')

for (const [text, expected] of [
  ['', 0],
  ['stable 0.33 %', 13],
  ['━━╸── ✓ – … ⠙', 13],
  ['é', 1],
  ['e\u0301', 1],
  ['模型', 4],
  ['🚀', 2],
  ['👩‍🔬', 2],
] as const) {
  cells(`of "${text}" are ${expected}`, () => {
    assert.is(cellsOf(text), expected)
  })
}

cells.run()

const clip = suite('clipCells()')

clip('leaves what fits', () => {
  assert.is(clipCells('stable', 6), 'stable')
})

clip('ends in an ellipsis where it cut', () => {
  assert.is(clipCells('stable', 5), 'stab…')
  assert.is(clipCells('stable', 1), '…')
  assert.is(clipCells('stable', 0), '')
})

clip('cuts no character in half', () => {
  assert.is(clipCells('模型模型', 6), '模型…')
  assert.is(clipCells('ae\u0301iou', 3), 'ae\u0301…')
})

clip.run()

const fit = suite('fitCells()')

fit('fills up on the side that is asked for', () => {
  assert.is(fitCells('ab', 4), 'ab  ')
  assert.is(fitCells('ab', 4, 'right'), '  ab')
})

fit('gives exactly the width for any text', () => {
  for (const text of ['', 'a', 'a long text', '模型模型', 'x模型']) {
    for (let width = 0; width < 9; width++) assert.is(cellsOf(fitCells(text, width)), width, `"${text}" in ${width}`)
  }
})

fit.run()

const wrap = suite('wrapCells()')

wrap('breaks between words', () => {
  assert.equal(wrapCells('needs about 640 more requests', 12, 9), ['needs about', '640 more', 'requests'])
})

wrap('cuts what does not fit the last line', () => {
  assert.equal(wrapCells('needs about 640 more requests', 12, 2), ['needs about', '640 more re…'])
})

wrap('cuts a word that is longer than a line', () => {
  assert.equal(wrapCells('an extraordinarily long', 8, 3), ['an', 'extraor…', 'long'])
})

wrap.run()
