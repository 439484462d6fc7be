import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decisionPolicySchema, look, openGate, planGate, type Verdict, type Window } from '#decision'

const LE = [0.001, 0.002, 0.005, 0.01, 0.25]

/** The verdict after as many equal windows as it takes to decide, at most twenty. */
function decided(
  signals: object,
  window: Omit<Window, 'at' | 'weight'>,
  history: Omit<Window, 'at' | 'weight'>,
): Verdict {
  const plan = planGate(decisionPolicySchema.parse({ signals, step: { soak: '20s' } }))
  let state = openGate(plan)
  for (let k = 0; k < 25; k++) {
    const at = new Date(Date.UTC(2026, 0, 1, 0, 0, 10 * k)).toISOString()
    const found = look(plan, state, k < 5 ? { at, weight: 0, ...history } : { at, weight: 10, ...window })
    state = found.state
    if (found.verdict.verdict !== 'continue') return found.verdict
  }
  throw new Error('Cannot find a decision within twenty windows')
}

const test = suite('reason')

test('names the latency at which a slow canary stands out, not the objective that both meet', () => {
  const stable = { requests: 900, latency: { le: LE, counts: [700, 180, 18, 2, 0, 0] } }
  const canary = { requests: 100, latency: { le: LE, counts: [0, 2, 60, 38, 0, 0] } }
  const { verdict, reason } = decided({ latency: { max: '250ms' } }, { canary, stable }, { stable })
  assert.is(verdict, 'fail')
  assert.match(reason, /above (1|2) ms are (98|100) % of its requests, stable (2\.2|22) %, tolerated \d/)
})

test('says what an error rate is held against, even where stable has no error', () => {
  const stable = { requests: 900, errors: 0 }
  const { verdict, reason } = decided({ errorRate: {} }, { canary: { requests: 100, errors: 20 }, stable }, { stable })
  assert.is(verdict, 'fail')
  assert.match(
    reason,
    /^canary fails 20 % of requests \(\d+ of \d+\), stable 0 %, tolerated 1\.25 times that; evidence/,
  )
})

test.run()
