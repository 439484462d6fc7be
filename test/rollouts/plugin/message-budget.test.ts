import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MessageBudget } from '../../../rollouts/plugin/message-budget.ts'

const budget = suite('MessageBudget')

const never = (): void => {
  throw new Error('granted twice')
}

budget('grants up to its limit', () => {
  const allowance = new MessageBudget(10)
  assert.ok(allowance.reserve(4, never))
  assert.ok(allowance.reserve(6, never))
  assert.not.ok(allowance.reserve(1, never))
  assert.is(allowance.usedBytes, 10)
})

budget('grants those who wait in their order, so that a large one is not overtaken', () => {
  const allowance = new MessageBudget(10)
  const granted: string[] = []
  allowance.reserve(8, never)
  assert.not.ok(allowance.reserve(9, () => granted.push('large')))
  assert.not.ok(
    allowance.reserve(1, () => granted.push('small')),
    'a small one waits behind a large one',
  )
  allowance.release(8)
  assert.equal(granted, ['large', 'small'])
  assert.is(allowance.usedBytes, 10)
})

budget('goes on with the next when one that waits withdraws', () => {
  const allowance = new MessageBudget(10)
  const granted: string[] = []
  allowance.reserve(5, never)
  allowance.reserve(10, never)
  allowance.reserve(5, () => granted.push('next'))
  allowance.withdraw(never)
  assert.equal(granted, ['next'])
})

budget.run()
