import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decisionPolicySchema } from '#decision'
import { InputError, parseInput } from '#faults'

const shadow = suite('decisionPolicySchema signals.shadow')

const read = (settings: unknown) => parseInput(decisionPolicySchema, { signals: { shadow: settings } }, 'policy')

shadow('takes tolerances by output and fills in what is not named', () => {
  const { signals } = read({ tolerances: { probabilities: { absolute: 0.05 }, price: { relative: 0.02, ulps: 4 } } })
  assert.equal(signals.shadow?.tolerances, {
    probabilities: { absolute: 0.05, relative: 0, ulps: 0 },
    price: { absolute: 0, relative: 0.02, ulps: 4 },
  })
})

shadow('has no tolerances unless they are named', () => {
  assert.equal(read({}).signals.shadow?.tolerances, {})
})

shadow('lists every fault of the tolerances with its path', () => {
  const tolerances = { a: { absolute: -1 }, b: { relative: '1%' }, c: { ulps: 0.5 }, d: { atol: 1 }, e: 0.1 }
  const faults = faultsOf({ tolerances })
  assert.equal(
    faults.map(({ path }) => path),
    ['a.absolute', 'b.relative', 'c.ulps', 'd', 'e'].map((path) => `signals.shadow.tolerances.${path}`),
  )
  assert.is(faults[0]?.text, 'expected a number of 0 or more, received -1')
  assert.match(faults[3]?.text ?? '', 'unknown key "atol"')
})

shadow('refuses tolerances that are no object, and too many of them', () => {
  assert.match(faultsOf({ tolerances: [0.1] })[0]?.text ?? '', /^expected tolerances by output, such as/)
  const many = Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`output${i}`, {}]))
  assert.match(faultsOf({ tolerances: many })[0]?.text ?? '', /^expected at most 256 outputs/)
})

shadow.run()

function faultsOf(settings: unknown) {
  try {
    read(settings)
  } catch (error) {
    if (error instanceof InputError) return error.faults
    throw error
  }
  throw new Error('nothing was refused')
}
