import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decisionPolicySchema } from '#decision'
import type { RehearsalRecord } from '../../../../src/rehearsal/record.ts'
import { writeReport, type ReportContext } from '../../../../src/rehearsal/report/report.ts'
import { examplePolicy, exampleRecord, exampleSteps } from '../../../support/rehearsal-example.ts'
import { finishedRehearsal, type Scenario } from '../../../support/rehearsal-record.ts'

const SCENARIOS: readonly Scenario[] = ['good', 'drifted', 'slow', 'failing']

const test = suite('writeReport()')

test('tells of each candidate what became of it and why', () => {
  const records = SCENARIOS.map((scenario) => finishedRehearsal(scenario))
  const text = textOf(report(records))
  assert.match(text, '4 candidates: 1 promoted, 3 aborted.')
  for (const [index, { title, reason }] of records.entries()) {
    assert.match(report(records), `href="#candidate-${index + 1}"`)
    assert.match(report(records), `id="candidate-${index + 1}"`)
    assert.ok(text.includes(title), title)
    assert.ok(text.includes(reason), reason)
  }
})

test('draws the charts of a candidate, each with a title, a description and its numbers', () => {
  const html = report([finishedRehearsal('drifted')])
  for (const title of ['Evidence of harm over time', 'Predicted classes', 'Response times', 'Traffic']) {
    assert.match(html, `<h4>${title}</h4>`)
  }
  assert.is(count(html, /<svg class="chart"/g), 4)
  assert.is(count(html, /<title id="[^"]+-t">/g), 4)
  assert.is(count(html, /<desc id="[^"]+-d">[^<]{20,}/g), 4)
  assert.is(count(html, /<summary>The numbers<\/summary><div class="scroll"><table>/g), 4)
  assert.match(html, 'abort at 100')
  assert.match(html, 'objective 10 ms')
})

test('says in the captions what the charts show', () => {
  const record = finishedRehearsal('drifted')
  const drift = record.looks.at(-1)?.verdict.signals.predictionDrift?.estimate?.value ?? Number.NaN
  const text = textOf(report([record]))
  assert.match(text, `PSI between the arms: ${drift.toFixed(3)}, between`)
  assert.match(text, 'the limit is 0.2.')
  assert.match(text, /p95 over the rollout: stable [0-9.]+ ms, canary [0-9.]+ ms/)
})

test('counts what the windows counted', () => {
  const record = finishedRehearsal('failing')
  const live = record.windows.filter(({ weight }) => weight > 0)
  const setosa = live.reduce((sum, { canary }) => sum + (canary?.predictions?.['setosa'] ?? 0), 0)
  const row = /<th scope="row" class="text">setosa<\/th>(.*?)<\/tr>/.exec(report([record]))?.[1] ?? ''
  const cells = Array.from(row.matchAll(/<td[^>]*>([^<]*)</g), ([, cell]) => cell)
  assert.is(cells[2], setosa.toLocaleString('en-US'))
})

test('shows each signal as it was judged last, not as it stands where it cannot be judged', () => {
  const html = report([finishedRehearsal('good')])
  const row = /<th scope="row"[^>]*>error rate<small>.*?<\/tr>/s.exec(html)?.[0] ?? ''
  assert.match(row, '✓ cleared')
  assert.match(row, 'data-title="at weight" role="cell">50 %')
  const limit = /<th scope="row"[^>]*>error limit<small>.*?<\/tr>/s.exec(html)?.[0] ?? ''
  assert.match(limit, 'data-title="at weight" role="cell">100 %')
})

test('needs nothing but itself', () => {
  const html = report(SCENARIOS.map((scenario) => finishedRehearsal(scenario)))
  assert.ok(html.startsWith('<!doctype html>\n<html lang="en">'))
  assert.not.match(html, /<script|<link|<iframe|<object|<img|\ssrc=|\son[a-z]+=|@import|url\(|https?:/i)
  for (const [, target = ''] of html.matchAll(/href="([^"]*)"/g)) assert.match(target, /^#candidate-\d+$/)
})

test('is well formed: every element is closed, every id is there once', () => {
  const html = report(SCENARIOS.map((scenario) => finishedRehearsal(scenario)))
  assert.is(unbalanced(html), undefined)
  const ids = Array.from(html.matchAll(/ id="([^"]+)"/g), ([, id]) => id)
  assert.is(new Set(ids).size, ids.length)
  for (const [, names = ''] of html.matchAll(/aria-labelledby="([^"]+)"/g)) {
    for (const name of names.split(' ')) assert.ok(ids.includes(name), name)
  }
  assert.not.match(html, /NaN|Infinity|undefined|null|\[object/)
})

test('escapes every string from outside', () => {
  const evil = `"><script>alert('x')</script><b a='`
  const record = finishedRehearsal('drifted')
  const html = report(
    [
      {
        ...record,
        rollout: evil,
        title: evil,
        reason: evil,
        notes: [evil],
        stable: { ...record.stable, model: evil, podTemplateHash: evil },
        canary: { ...record.canary, model: evil, podTemplateHash: evil },
        steps: record.steps.map((step) => ({ ...step, title: evil })),
        looks: record.looks.map((look) => ({ ...look, verdict: { ...look.verdict, reason: evil } })),
        windows: record.windows.map((window) => ({
          ...window,
          stable: { requests: 10, predictions: { [evil]: 10 } },
        })),
      },
    ],
    { command: evil, version: evil, generatedAt: evil },
  )
  assert.not.match(html, '<script')
  assert.not.match(html, '<b a=')
  assert.is(unbalanced(html), undefined)
})

test('keeps credentials to itself', () => {
  const extended = {
    ...examplePolicy(),
    prometheus: { address: 'http://prometheus', headers: { 'x-scope': 'geheim' } },
  }
  const html = report([exampleRecord()], {
    policy: extended,
    command: 'modelgate rehearse --prometheus https://user:geheim@prometheus.example',
  })
  assert.not.match(html, 'geheim')
  assert.match(html, 'prometheus.example')
})

test('shows the policy with units and defaults', () => {
  const policy = decisionPolicySchema.parse({ signals: { latency: { max: '250ms' } }, falseAbort: 0.000_001 })
  const rows = textOf(report([exampleRecord()], { policy }))
  for (const row of [
    'signals.latency.max 250 ms',
    'step.soak 2 min',
    'falseAbort 0.000001',
    'signals.latency.quantile 0.95',
  ]) {
    assert.ok(rows.includes(row), row)
  }
})

test('draws a threshold that follows the policy', () => {
  const policy = { ...examplePolicy(), falseAbort: 0.001 }
  assert.match(textOf(report([exampleRecord()], { policy })), 'reaches 1,000 in at most one of 1,000 rollouts')
})

test('is written for rehearsals that ended before they began', () => {
  const empty = exampleRecord({
    looks: [],
    windows: [],
    steps: exampleSteps().map((step) => ({ ...step, state: 'waiting', startedMs: null, finishedMs: null })),
    elapsedMs: 0,
    reason: '',
  })
  const html = report([empty])
  assert.is(unbalanced(html), undefined)
  assert.match(textOf(html), 'not finished')
  assert.match(textOf(html), 'The gate did not look at any evidence.')
  assert.not.match(html, /NaN|Infinity/)
})

for (const [name, counts, label] of [
  ['in its place where it is near', [90, 8, 2, 0, 0, 0, 0, 0, 0], '>objective 10 ms<'],
  ['with an arrow where it is far off', [100, 0, 0, 0, 0, 0, 0, 0, 0], '>objective 10 ms →<'],
] as const) {
  test(`shows the objective ${name}`, () => {
    const latency = { le: [0.001, 0.002, 0.003, 0.004, 0.005, 0.007, 0.01, 0.02], counts: [...counts] }
    const arm = { requests: 100, latency }
    const html = report([
      exampleRecord({ windows: [{ at: '2026-01-01T00:00:14Z', weight: 10, stable: arm, canary: arm }] }),
    ])
    assert.match(html, label)
    assert.is(unbalanced(html), undefined)
  })
}

test('shows scores of a model without classes', () => {
  const values = { le: [0.1, 0.2, 0.3], counts: [5, 10, 20, 5] }
  const html = report([
    exampleRecord({
      windows: [
        {
          at: '2026-01-01T00:00:14Z',
          weight: 10,
          stable: { requests: 40, values },
          canary: { requests: 40, values: { ...values, counts: [20, 10, 5, 5] } },
        },
      ],
    }),
  ])
  assert.match(html, '<h4>Predicted values</h4>')
  assert.not.match(html, '<h4>Predicted classes</h4>')
})

test('puts rare classes together and stays readable with thousands of windows', () => {
  const predictions = Object.fromEntries(Array.from({ length: 40 }, (_, k) => [`class ${k}`, 40 - k]))
  const windows = Array.from({ length: 5_000 }, (_, k) => ({
    at: new Date(Date.parse('2026-01-01T00:00:00Z') + (k + 1) * 1_000).toISOString(),
    weight: 10,
    stable: { requests: 820, errors: 1, predictions },
    canary: { requests: 820, errors: 1, predictions },
  }))
  const html = report([exampleRecord({ windows, elapsedMs: 5_000_000 })])
  assert.match(html, '29 others')
  assert.ok(html.length < 200_000, `${html.length} characters`)
})

test.run()

function report(records: readonly RehearsalRecord[], changes: Partial<ReportContext> = {}): string {
  return writeReport(records, {
    version: '0.1.0',
    generatedAt: '2026-01-01T00:02:00Z',
    command: 'modelgate rehearse --report report.html',
    policy: examplePolicy(),
    ...changes,
  })
}

/** What a reader reads: no tags, entities resolved, one space between words. */
function textOf(html: string): string {
  return html
    .replace(/<style>.*?<\/style>/gs, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => ENTITIES[name] ?? '')
    .replace(/[\s\u00a0]+/g, ' ')
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' }

/** The first element that is closed wrongly or never; undefined when all is well. */
function unbalanced(html: string): string | undefined {
  const open: string[] = []
  const body = html.replace(/<style>.*?<\/style>/gs, '').replace(/^<!doctype html>/, '')
  for (const [tag, end, name = '', self] of body.matchAll(
    /<(\/?)([a-z][a-z0-9]*)(?:\s+[a-zA-Z-]+="[^"<>]*"|\s+open)*\s*(\/?)>/g,
  )) {
    if (self === '/' || name === 'meta') continue
    if (end === '') open.push(name)
    else if (open.pop() !== name) return tag
  }
  const tags = body.match(/</g)?.length
  const understood = body.match(/<\/?[a-z][a-z0-9]*(?:\s+[a-zA-Z-]+="[^"<>]*"|\s+open)*\s*\/?>/g)?.length
  return tags === understood ? open.at(-1) : `${tags} of "<" but ${understood} tags`
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}
