import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SHADOW_CAUSES } from '#decision'
import { createShadowMetrics } from '../../src/shadow-metrics.ts'
import { joinExpositions } from '../../src/shadow.ts'

const ALL = { sends: true, compares: true, probes: true }

const test = suite('createShadowMetrics()')

test('shows from the start what the gate reads, with 0', async () => {
  const page = await createShadowMetrics(ALL).exposition.text()
  for (const series of [
    'shadow_pairs_total 0',
    'shadow_disagreements_total 0',
    'shadow_errors_total{side="canary"} 0',
    'shadow_errors_total{side="stable"} 0',
    'shadow_causes_total{cause="signature"} 0',
    'shadow_dropped_total{reason="queue"} 0',
    'shadow_sent_total 0',
    'shadow_unsent_total{reason="away"} 0',
    'shadow_noise_pairs_total 0',
  ]) {
    assert.match(page, `\n${series}\n`)
  }
})

test('shows no series of a side that a pod does not have', async () => {
  const none = createShadowMetrics({ sends: false, compares: false, probes: false })
  assert.is((await none.exposition.text()).trim(), '')
  const sender = await createShadowMetrics({ ...ALL, compares: false, probes: false }).exposition.text()
  assert.match(sender, 'shadow_sent_total')
  assert.not.match(sender, 'shadow_pairs_total')
})

test('counts what it is told, in examples', async () => {
  const { sender, comparator, noise, exposition } = createShadowMetrics(ALL)
  sender.sent(3)
  sender.dropped('queue', 2)
  comparator.pairs(5)
  comparator.disagreements(4)
  comparator.errors('canary', 1)
  comparator.cause('nan', 4)
  comparator.flips('label', 'a', 'b', 4)
  comparator.slice('blue', 5, 4)
  comparator.dropped('hung', 7)
  comparator.ran(4, 0.002)
  noise.pairs(9)
  noise.disagreements(1)
  const page = await exposition.text()
  for (const series of [
    'shadow_sent_total 3',
    'shadow_unsent_total{reason="queue"} 2',
    'shadow_pairs_total 5',
    'shadow_disagreements_total 4',
    'shadow_errors_total{side="canary"} 1',
    'shadow_causes_total{cause="nan"} 4',
    'shadow_label_flips_total{output="label",stable="a",canary="b"} 4',
    'shadow_slice_pairs_total{slice="blue"} 5',
    'shadow_slice_disagreements_total{slice="blue"} 4',
    'shadow_dropped_total{reason="hung"} 7',
    'shadow_run_seconds_sum 0.0005',
    'shadow_noise_pairs_total 9',
    'shadow_noise_disagreements_total 1',
  ]) {
    assert.match(page, `\n${series}\n`)
  }
})

test('names every cause as the gate reads it', async () => {
  const page = await createShadowMetrics(ALL).exposition.text()
  const shown = [...page.matchAll(/^shadow_causes_total\{cause="(\w+)"\}/gm)].map(([, cause]) => cause!)
  assert.equal(shown, [...SHADOW_CAUSES])
})

test('has no metric that is not documented', async () => {
  const page = await createShadowMetrics(ALL).exposition.text()
  const text = readFileSync(new URL('../../docs/shadow.md', import.meta.url), 'utf8')
  const names = [...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!)
  assert.ok(names.length > 10)
  assert.equal(
    names.filter((name) => !text.includes(name)),
    [],
  )
})

test.run()

const join = suite('joinExpositions()')

join('puts pages together and leaves empty ones out', async () => {
  const page = (text: string) => ({ contentType: 'text/plain', text: () => Promise.resolve(text) })
  assert.is(await joinExpositions(page('a 1\n'), page('b 2\n')).text(), 'a 1\n\nb 2\n')
  assert.is(await joinExpositions(page('a 1\n'), page('\n')).text(), 'a 1\n')
})

join.run()
