import { Buffer } from 'node:buffer'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createHclog, formatTimestamp } from '../../../rollouts/plugin/hclog.ts'
import type { Hclog, LogFields } from '../../../rollouts/plugin/hclog.ts'

function logged(write: (log: Hclog) => void): { line: string; record: Record<string, unknown> } {
  const lines: string[] = []
  write(
    createHclog({ module: 'test', nowMs: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6), write: (line) => lines.push(line) }),
  )
  assert.is(lines.length, 1)
  assert.ok(lines[0]!.endsWith('\n') && lines[0]!.indexOf('\n') === lines[0]!.length - 1, 'one line')
  return { line: lines[0]!, record: JSON.parse(lines[0]!) as Record<string, unknown> }
}

const log = suite('createHclog()')

for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const) {
  log(`writes one JSON object a line at ${level}`, () => {
    const { record } = logged((to) => {
      to[level]('step decided', { weight: 10 })
    })
    assert.equal(record, {
      weight: 10,
      '@level': level,
      '@message': 'step decided',
      '@module': 'test',
      '@timestamp': '2026-01-02T03:04:05.006000Z',
    })
  })
}

const circular: Record<string, unknown> = {}
circular.self = circular

const FIELDS: readonly [string, LogFields, unknown][] = [
  ['a bigint', { value: 2n ** 64n }, '18446744073709551616'],
  ['an error with its causes', { value: new Error('outer', { cause: new Error('inner') }) }, 'outer: inner'],
  ['an error that causes itself', { value: Object.assign(new Error('loop'), { cause: undefined }) }, 'loop'],
  ['a value that contains itself', { value: circular }, '[object Object]'],
  ['new lines', { value: 'a\nb' }, 'a\nb'],
]

for (const [name, fields, expected] of FIELDS) {
  log(`writes ${name}`, () => {
    assert.equal(
      logged((to) => {
        to.info('m', fields)
      }).record.value,
      expected,
    )
  })
}

log('does not let a field take the place of its own', () => {
  const { record } = logged((to) => {
    to.info('m', { '@level': 'error', '@message': 'forged' })
  })
  assert.equal([record['@level'], record['@message'], record._level], ['info', 'm', 'error'])
})

log('keeps every line below 64 KiB', () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_value, index) => [`field${index}`, '€'.repeat(4000)]))
  for (const fields of [many, { value: 'x'.repeat(1_000_000) }]) {
    const { line, record } = logged((to) => {
      to.info('m'.repeat(100_000), fields)
    })
    assert.ok(Buffer.byteLength(line) < 64 * 1024)
    assert.is(record['@level'], 'info')
  }
})

log.run()

const timestamp = suite('formatTimestamp()')

timestamp('has six decimals, without which the client ignores it', () => {
  assert.is(formatTimestamp(0), '1970-01-01T00:00:00.000000Z')
})

timestamp.run()
