import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openWorstExamples, type ExampleKind, type WorstExample } from '../../../src/comparison/worst-examples.ts'

const worst = suite('openWorstExamples()')

const example = (kind: ExampleKind, line: number, inputs: unknown = line): WorstExample => ({
  kind,
  line,
  row: 0,
  inputs: { input: inputs },
  stable: null,
  canary: null,
  reasons: [],
})

worst('keeps the worst, the first of equals first', () => {
  const list = openWorstExamples(2)
  for (const [line, severity] of [0.1, 0.9, 0.5, 0.9].entries()) {
    list.offer({ kind: 'tolerance', group: '', severity }, () => example('tolerance', line))
  }
  assert.equal(linesOf(list.list()), [1, 3])
})

worst('does not let many of one kind or group hide the others', () => {
  const list = openWorstExamples(3)
  for (let line = 0; line < 50; line += 1) {
    list.offer({ kind: 'label', group: '0 1', severity: 1 }, () => example('label', line))
  }
  list.offer({ kind: 'label', group: '1 2', severity: 0.1 }, () => example('label', 98))
  list.offer({ kind: 'error', group: 'out of bounds', severity: 1 }, () => example('error', 99))
  assert.equal(linesOf(list.list()), [99, 0, 98])
})

worst('shows the same inputs once', () => {
  const list = openWorstExamples(5)
  for (const line of [1, 2, 3]) {
    list.offer({ kind: 'label', group: '', severity: 1 }, () => example('label', line, [5.1]))
  }
  assert.equal(linesOf(list.list()), [1])
})

worst('describes only what it may keep', () => {
  const list = openWorstExamples(1)
  let described = 0
  for (const [line, severity] of [3, 2, 1].entries()) {
    list.offer({ kind: 'label', group: '', severity }, () => {
      described += 1
      return example('label', line)
    })
  }
  assert.is(described, 1)
})

worst('keeps none where none is wanted, and does not grow with the number of groups', () => {
  const none = openWorstExamples(0)
  none.offer({ kind: 'label', group: '', severity: 1 }, () => example('label', 1))
  assert.equal(none.list(), [])
  const many = openWorstExamples(2)
  for (let line = 0; line < 1_000; line += 1) {
    many.offer({ kind: 'error', group: String(line), severity: 1 }, () => example('error', line))
  }
  assert.equal(linesOf(many.list()), [0, 1])
})

worst.run()

function linesOf(examples: readonly WorstExample[]): number[] {
  return examples.map(({ line }) => line)
}
