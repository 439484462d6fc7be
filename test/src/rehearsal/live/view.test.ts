import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { renderFrame } from '../../../../src/rehearsal/live/frame.ts'
import { openLiveView } from '../../../../src/rehearsal/live/view.ts'
import { exampleRecord } from '../../../support/rehearsal-example.ts'
import { rehearsalOf } from '../../../support/rehearsal-record.ts'
import { Terminal } from '../../../support/terminal.ts'

const test = suite('openLiveView()')

test('draws every frame over the last one', () => {
  const terminal = new Terminal(100)
  const clock = steps(250)
  const view = openLiveView(terminal, { now: clock })
  terminal.write('$ modelgate rehearse\n')
  const records = rehearsalOf('drifted')
  for (const record of records) view.update(record)
  const last = records.at(-1) ?? exampleRecord()
  view.finish(last)

  const frame = renderFrame(last, 100)
  assert.equal(terminal.lines, ['$ modelgate rehearse', ...frame, '', ''])
  assert.equal(terminal.cursor, [frame.length + 2, 0])
})

test('shrinks without leaving lines of a longer frame behind', () => {
  const terminal = new Terminal(100)
  const view = openLiveView(terminal, { now: steps(250) })
  view.update(exampleRecord())
  const short = exampleRecord({ looks: [], reason: 'stopped' })
  view.update(short)
  assert.equal(terminal.lines, [...renderFrame(short, 100), ''])
})

test('finds its place again after the terminal became narrower', () => {
  const terminal = new Terminal(100)
  const view = openLiveView(terminal, { now: steps(250) })
  view.update(exampleRecord())
  const wrapped = renderFrame(exampleRecord(), 100).reduce(
    (rows, line) => rows + Math.max(1, Math.ceil(line.length / 60)),
    0,
  )
  terminal.columns = 60
  view.finish(exampleRecord())
  assert.ok(terminal.writes.at(-2)?.includes(`\u001b[${wrapped}F`))
})

test('draws at most five frames a second', () => {
  const terminal = new Terminal(100)
  const view = openLiveView(terminal, { now: steps(10) })
  for (let k = 0; k < 1_000; k++) view.update(exampleRecord({ elapsedMs: k }))
  // 1,000 updates 10 ms apart; the clock is asked a second time for each frame that is drawn.
  assert.ok(terminal.writes.length > 40 && terminal.writes.length <= 51, `drew ${terminal.writes.length} frames`)
})

test('always shows the last state, however soon it comes', () => {
  const terminal = new Terminal(100)
  const view = openLiveView(terminal, { now: () => 0 })
  view.update(exampleRecord({ reason: 'first' }))
  view.update(exampleRecord({ reason: 'too soon' }))
  view.finish(exampleRecord({ reason: 'last' }))
  assert.ok(terminal.lines.includes('last'))
  assert.not.ok(terminal.writes.join('').includes('too soon'))
})

test('leaves the cursor visible after every single write', () => {
  const terminal = new Terminal(80)
  const view = openLiveView(terminal, { now: steps(250) })
  for (const record of rehearsalOf('failing')) {
    view.update(record)
    assert.ok(terminal.cursorVisible)
    assert.ok(terminal.writes.at(-1)?.startsWith('\u001b[?2026h\u001b[?25l'))
  }
})

test('writes colours unless the user wants none', () => {
  for (const [noColor, coloured] of [
    [false, true],
    [true, false],
  ] as const) {
    const terminal = new Terminal(100)
    openLiveView(terminal, { now: () => 0, noColor }).finish(exampleRecord())
    assert.is(terminal.writes.join('').includes('\u001b[32m'), coloured)
  }
})

test('never lets a line wrap, at any width', () => {
  for (let columns = 20; columns <= 140; columns++) {
    const terminal = new Terminal(columns)
    openLiveView(terminal, { now: () => 0 }).finish(exampleRecord())
    assert.is(terminal.lines.length, renderFrame(exampleRecord(), columns).length + 2, `at ${columns} columns`)
  }
})

test('writes plain lines where nobody watches', () => {
  const log = new Terminal(80, false)
  const view = openLiveView(log, { now: steps(1_000) })
  const records = rehearsalOf('drifted')
  for (const record of records) view.update(record)
  const last = records.at(-1) ?? exampleRecord()
  view.finish(last)

  const text = log.writes.join('')
  assert.not.match(text, '\u001b')
  assert.match(text, /rehearsal of iris: canary iris-drifted\.onnx against stable iris-stable\.onnx\n/)
  assert.match(text, /step 1 of 12, setWeight 10: passed\n/)
  assert.match(text, /step 2 of 12, pause 2 s: began\n/)
  assert.match(text, /step 2 of 12, pause 2 s: passed after 2 s\n/)
  assert.match(text, /requests to stable, .* to the canary; evidence of harm/)
  assert.ok(text.endsWith(`aborted after 14 s: ${last.reason}\n`))
  assert.is(text.match(/aborted after/g)?.length, 1)
})

test('breaks a silence of five seconds in a log, not before', () => {
  const log = new Terminal(80, false)
  let now = 0
  const view = openLiveView(log, { now: () => now })
  view.update(exampleRecord())
  const told = log.writes.length
  now = 4_999
  view.update(exampleRecord())
  assert.is(log.writes.length, told)
  now = 5_000
  view.update(exampleRecord())
  assert.is(log.writes.length, told + 1)
  now = 9_999
  view.update(exampleRecord())
  assert.is(log.writes.length, told + 1)
})

test.run()

/** A clock that moves on each time it is read. */
function steps(stepMs: number): () => number {
  let now = 0
  return () => (now += stepMs)
}
