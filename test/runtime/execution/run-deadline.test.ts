import { rejects } from 'node:assert/strict'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Model, Tensor } from '#runtime'
import { withRunDeadline } from '../../../runtime/execution/run-deadline.ts'
import { doublingModel, tensor } from '../builders.ts'

const LIMIT_MS = 20

const OVERDUE = {
  code: 'modelFailed',
  message: "Cannot run model 'doubling': it gave no answer within 20 ms",
}

const x = [tensor('float32', [1, 1], [2])]

/** A model whose runs end when they are told to, under a deadline. */
function heldModel() {
  const held: PromiseWithResolvers<Tensor[]>[] = []
  let nowMs = 0
  const run: Model['run'] = () => {
    const answer = Promise.withResolvers<Tensor[]>()
    held.push(answer)
    return answer.promise
  }
  const limited = withRunDeadline(doublingModel({ run }), LIMIT_MS, () => nowMs)
  return {
    limited,
    held,
    setNow: (ms: number) => {
      nowMs = ms
    },
  }
}

const deadline = suite('withRunDeadline()')

deadline('leaves runs in time as they are', async () => {
  const limited = withRunDeadline(doublingModel(), LIMIT_MS, () => 0)
  assert.equal((await limited.run(x))[0]!.data, Float32Array.of(4))
  assert.is(limited.overdueSinceMs?.(), undefined)
})

deadline('gives up on a run that takes too long, on those behind it, and on later ones at once', async () => {
  const { limited, held, setNow } = heldModel()
  setNow(1_000)
  await Promise.all([rejects(limited.run(x), OVERDUE), rejects(limited.run(x), OVERDUE)])
  assert.is(limited.overdueSinceMs?.(), 1_000)
  await rejects(limited.run(x), OVERDUE)
  assert.is(held.length, 2)
})

deadline('uses a model again that answers after all', async () => {
  const { limited, held } = heldModel()
  await rejects(limited.run(x), OVERDUE)
  held[0]!.resolve(x)
  await held[0]!.promise
  await Promise.resolve()
  assert.is(limited.overdueSinceMs?.(), undefined)
  const again = limited.run(x)
  held[1]!.resolve(x)
  assert.equal(await again, x)
})

deadline('passes on why a run fails', async () => {
  const { limited, held } = heldModel()
  const failing = limited.run(x)
  held[0]!.reject(new Error('out of memory'))
  await rejects(failing, { message: 'out of memory' })
})

deadline('measures a queued run from the end of the one before it', async () => {
  const { limited, held } = heldModel()
  const [first, second] = [limited.run(x), limited.run(x)]
  await new Promise((resolve) => setTimeout(resolve, LIMIT_MS / 2))
  held[0]!.resolve(x)
  await first
  const late = new Promise((resolve) => setTimeout(resolve, LIMIT_MS * 0.8)).then(() => {
    held[1]!.resolve(x)
  })
  assert.equal(await second, x)
  await late
})

deadline.run()
