import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { settlesWithin } from '#runtime'

const within = suite('settlesWithin()')

within('is true for what has ended, well or not', async () => {
  assert.is(await settlesWithin(Promise.resolve(), 10_000), true)
  assert.is(await settlesWithin(Promise.reject(new Error('no')), 10_000), true)
})

within('is false for what goes on', async () => {
  assert.is(await settlesWithin(Promise.withResolvers().promise, 1), false)
})

within.run()
