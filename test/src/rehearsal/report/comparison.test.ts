import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decisionPolicySchema, type Window } from '#decision'
import { drawComparison, drawDisagreement } from '../../../../src/rehearsal/report/comparison.ts'
import { describeComparison } from '../../../../src/rehearsal/flip-words.ts'
import { examplePolicy, exampleRecord, exampleShadow } from '../../../support/rehearsal-example.ts'

const JUDGED = decisionPolicySchema.parse({ signals: { shadow: { maxDisagreement: 0.02 } } })

const comparison = suite('drawComparison()')

comparison('tells which labels flipped, how often, and on which inputs', () => {
  const html = drawComparison(exampleRecord({ shadow: exampleShadow() }), JUDGED)?.markup ?? ''
  assert.match(html, /788 answers differ \(67\u00a0%\)/)
  assert.match(html, /virginica<\/th>.*versicolor.*412.*35 %/s)
  assert.match(html, 'virginica → versicolor')
  assert.match(html, '<code>input 6.4, 2.8, 5, 1.5</code>')
  assert.match(html, 'Cannot run model &#39;&lt;b&gt;iris&lt;/b&gt;&#39;')
  assert.not.match(html, 'does not judge')
})

comparison('says what was left out, and that nobody judged it', () => {
  const shadow = exampleShadow({ dropped: { queue: 12, busy: 3 }, canaryOnlyErrors: 4, flips: [], examples: [] })
  const html = drawComparison(exampleRecord({ shadow }), examplePolicy())?.markup ?? ''
  assert.match(html, 'On 4 the canary alone failed, on 0 stable alone.')
  assert.match(html, '15 more arrived and were left out for want of time.')
  assert.match(html, 'The policy does not judge this.')
  assert.not.match(html, '<table')
})

const EXPLAINED: Window[] = [
  {
    at: '2026-01-01T00:00:01Z',
    weight: 0,
    shadow: {
      pairs: 1_200,
      disagreements: 104,
      noise: { pairs: 4_000, disagreements: 124 },
      slices: { '<b>acme</b>': { pairs: 200, disagreements: 94 }, globex: { pairs: 1_000, disagreements: 10 } },
    },
  },
]

comparison('shows how often stable contradicts itself, and which slices differ most', () => {
  const record = exampleRecord({ shadow: exampleShadow({ flips: [], examples: [] }), windows: EXPLAINED })
  const html = drawComparison(record, JUDGED)?.markup ?? ''
  assert.match(
    html,
    /stable contradicts itself on 124 of 4,000 of its own inputs \(3\.1\u00a0%, between 2\.\d\u00a0% and/,
  )
  assert.match(html, /Not even a copy of it can stay under the limit of 2\u00a0%/)
  assert.match(html, /&lt;b&gt;acme&lt;\/b&gt;<small>stands out<\/small>.*200.*94.*47 % \(.*globex<\/th>/s)
  assert.is(html.match(/class="interval"/g)?.length, 2)
  assert.is(html.match(/class="limit"/g)?.length, 2)
})

comparison('shows them without a limit where the policy has none, and says so only of a noise above one', () => {
  const shadow = exampleShadow({ flips: [], examples: [] })
  const unjudged = drawComparison(exampleRecord({ shadow, windows: EXPLAINED }), examplePolicy())?.markup ?? ''
  assert.match(unjudged, 'contradicts itself')
  assert.not.match(unjudged, 'Not even a copy')
  assert.not.match(unjudged, 'class="limit"')
  const tolerant = decisionPolicySchema.parse({ signals: { shadow: { maxDisagreement: 0.05 } } })
  assert.not.match(drawComparison(exampleRecord({ shadow, windows: EXPLAINED }), tolerant)?.markup ?? '', 'Not even')
})

comparison('shows the twenty worst slices', () => {
  const slices = Object.fromEntries(Array.from({ length: 33 }, (_, k) => [`s${k}`, { pairs: 9, disagreements: 1 }]))
  const windows = [{ at: '2026-01-01T00:00:01Z', weight: 0, shadow: { pairs: 297, disagreements: 33, slices } }]
  const html = drawComparison(exampleRecord({ shadow: exampleShadow(), windows }), JUDGED)?.markup ?? ''
  assert.is(html.match(/class="interval"/g)?.length, 20)
  assert.match(html, '13 more are left out')
})

comparison('is absent where nothing was compared', () => {
  assert.is(drawComparison(exampleRecord(), JUDGED), null)
})

comparison.run()

const disagreement = suite('drawDisagreement()')

disagreement('draws the share that differs against the limit', () => {
  const windows = [
    { at: '2026-01-01T00:00:01Z', weight: 0, shadow: { pairs: 100, disagreements: 60 } },
    { at: '2026-01-01T00:00:02Z', weight: 0, shadow: { pairs: 0, disagreements: 0 } },
    { at: '2026-01-01T00:00:03Z', weight: 10, shadow: { pairs: 300, disagreements: 20 } },
  ]
  const html = drawDisagreement(exampleRecord({ windows }), 'c1', JUDGED)?.markup ?? ''
  assert.match(html, '80 of 400 answers to the same inputs differ.')
  assert.match(html, 'limit 2 %')
  assert.is(html.match(/<tr>/g)?.length, 3)
})

disagreement('is absent without pairs', () => {
  assert.is(drawDisagreement(exampleRecord(), 'c1', JUDGED), null)
})

disagreement.run()

const words = suite('describeComparison()')

words('names the commonest flips', () => {
  assert.is(describeComparison(exampleShadow(), 1), '788 of 1,173 answers differ (67 %): virginica → versicolor 412, …')
  assert.is(
    describeComparison(exampleShadow({ disagreements: 0, flips: [], canaryOnlyErrors: 2 }), 4),
    '0 of 1,173 answers differ; the canary alone failed 2',
  )
  assert.is(describeComparison(exampleShadow({ pairs: 0 }), 4), 'no answers were compared yet')
})

words.run()
