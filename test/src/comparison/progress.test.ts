import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Output } from '../../../src/command.ts'
import { openProgress } from '../../../src/comparison/progress.ts'

const progress = suite('openProgress()')

function setup(isTerminal: boolean) {
  const writes: string[] = []
  const output: Output = { isTerminal, columns: 60, write: (text) => writes.push(text) }
  let nowMs = 0
  const view = openProgress(output, 1_000, () => nowMs)
  const at = (ms: number, requests: number, errors = 0) => {
    nowMs = ms
    view.update({ requests, disagreements: 3, errors })
  }
  return { writes, view, at }
}

progress('writes a plain line every five seconds where nobody watches', () => {
  const { writes, view, at } = setup(false)
  at(100, 10)
  at(5_000, 250)
  at(5_100, 260)
  at(10_000, 500, 2)
  view.finish()
  assert.equal(writes, [
    'comparing 250 of 1,000 requests · 3 disagree · 15 s left\n',
    'comparing 500 of 1,000 requests · 3 disagree · 2 fail on the candidate alone · 10 s left\n',
  ])
})

progress('redraws one line in a terminal, within its width, and takes it away', () => {
  const { writes, view, at } = setup(true)
  at(100, 10)
  at(400, 100, 2)
  at(450, 120)
  at(600, 200)
  view.finish()
  assert.is(writes.length, 3)
  assert.ok(writes.every((text) => text.startsWith('\r\u001b[K')))
  assert.ok(writes.every((text) => text.length <= 59 + 4))
  assert.is(writes.at(-1), '\r\u001b[K')
})

progress('says nothing about a comparison that is over at once', () => {
  const { writes, view, at } = setup(true)
  at(50, 1_000)
  view.finish()
  assert.equal(writes, [])
})

progress.run()
