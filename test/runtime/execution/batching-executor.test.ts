import { rejects } from 'node:assert/strict'
import { setImmediate as nextTick } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { batchingExecutor, type ExecutionRecorder, type Executor, type Job, type Model } from '#runtime'
import { doublingModel, tensor } from '../builders.ts'

const executor = suite('batchingExecutor()')

const LIMITS = { maxBatchRows: 8, maxQueuedRows: 100 }

function job(...values: readonly number[]): Job {
  return { feeds: [tensor('float32', [values.length, 1], values)], rows: values.length }
}

async function answer(target: Executor, asked: Job): Promise<number[]> {
  const [output] = await target.run(asked)
  return Array.from(output!.data as Float32Array)
}

/** A model that computes elsewhere: each run ends when it is told to. */
function heldModel() {
  const held: (() => void)[] = []
  const started: number[] = []
  let isHolding = true
  const run: Model['run'] = async (feeds) => {
    started.push(feeds[0]!.dims[0]!)
    if (isHolding) {
      await new Promise<void>((resolve) => {
        held.push(resolve)
      })
    }
    return [...feeds]
  }
  return {
    ...doublingModel(),
    /** Rows of the runs that were begun. */
    started,
    run,
    finishNext: () => held.shift()?.(),
    finishAll: () => {
      isHolding = false
      for (const finish of held.splice(0)) finish()
    },
  }
}

executor('answers a job', async () => {
  assert.equal(await answer(batchingExecutor(doublingModel(), LIMITS), job(1, 2)), [2, 4])
})

executor('runs what waits together and gives each job its own rows', async () => {
  const model = doublingModel()
  const target = batchingExecutor(model, LIMITS)
  const answers = await Promise.all([answer(target, job(1)), answer(target, job(2, 3)), answer(target, job(4))])
  assert.equal(answers, [[2], [4, 6], [8]])
  assert.equal(model.runs, [4])
})

executor('never runs more rows together than allowed, unless one job brings them', async () => {
  const model = doublingModel()
  const target = batchingExecutor(model, { ...LIMITS, maxBatchRows: 2 })
  await Promise.all([job(1), job(2), job(3), job(4, 5, 6), job(7)].map((asked) => target.run(asked)))
  assert.equal(model.runs, [2, 1, 3, 1])
})

executor('keeps back half of what waits where the model computes elsewhere', async () => {
  const model = doublingModel()
  const target = batchingExecutor(model, { ...LIMITS, overlaps: true })
  const jobs = Array.from({ length: 8 }, (_, i) => job(i))
  const answers = await Promise.all(jobs.map((asked) => answer(target, asked)))
  assert.equal(answers.flat(), [0, 2, 4, 6, 8, 10, 12, 14])
  assert.equal(model.runs, [4, 4])
  await answer(target, job(1))
  assert.equal(model.runs, [4, 4, 1])
})

executor('gives a model that queues runs the next batch once it is as large as the one that runs', async () => {
  const model = heldModel()
  const target = batchingExecutor(model, { ...LIMITS, overlaps: true, queuesRuns: true })
  const first = Array.from({ length: 4 }, () => target.run(job(1)))
  await nextTick()
  await nextTick()
  assert.equal(model.started, [2, 2])
  model.finishNext()
  await Promise.all(first.slice(0, 2))
  const second = [target.run(job(1))]
  assert.equal(model.started, [2, 2])
  second.push(target.run(job(1)))
  assert.equal(model.started, [2, 2, 2])
  second.push(target.run(job(1)), target.run(job(1)))
  assert.equal(model.started, [2, 2, 2], 'two at a time at most')
  model.finishAll()
  await Promise.all([...first, ...second])
})

executor('starts the next run before it gives the answers of the last', async () => {
  const model = heldModel()
  const target = batchingExecutor(model, { ...LIMITS, maxBatchRows: 1, overlaps: true })
  const first = target.run(job(1))
  const second = target.run(job(2))
  await nextTick()
  const startedByAnswer = first.then(() => model.started.length)
  model.finishNext()
  assert.is(await startedByAnswer, 2)
  model.finishAll()
  await second
})

executor('runs what is asked for in answer to an answer', async () => {
  const target = batchingExecutor(doublingModel(), LIMITS)
  for (let turn = 0; turn < 3; turn += 1) await target.run(job(turn))
})

executor('counts the time of a run from when the one before it ended', async () => {
  let nowMs = 0
  const seconds: number[] = []
  const ignore = () => undefined
  const ran: ExecutionRecorder['ran'] = (_rows, took) => seconds.push(took)
  const recorder = { queued: ignore, waited: ignore, restarted: ignore, ran }
  const model = heldModel()
  const target = batchingExecutor(model, { ...LIMITS, overlaps: true, queuesRuns: true, recorder, now: () => nowMs })
  const jobs = [target.run(job(1)), target.run(job(2))]
  await nextTick()
  for (const endMs of [30, 50]) {
    nowMs = endMs
    model.finishNext()
    await nextTick()
  }
  await Promise.all(jobs)
  assert.equal(seconds, [0.03, 0.02])
})

executor('runs full batches where more waits than it can take', async () => {
  const model = doublingModel()
  const target = batchingExecutor(model, { ...LIMITS, overlaps: true })
  await Promise.all(Array.from({ length: 32 }, () => target.run(job(1))))
  assert.equal(model.runs.slice(0, 3), [8, 8, 8])
})

executor('runs jobs without rows alone', async () => {
  const model = doublingModel()
  const target = batchingExecutor(model, LIMITS)
  const alone = { ...job(1), rows: undefined }
  await Promise.all([alone, alone, job(2), job(3), alone].map((asked) => target.run(asked)))
  assert.equal(model.runs, [1, 1, 2, 1])
})

executor('does not join rows of different shape', async () => {
  const model = doublingModel()
  const target = batchingExecutor(model, LIMITS)
  const wide: Job = { feeds: [tensor('float32', [1, 3], [1, 2, 3])], rows: 1 }
  await Promise.all([job(1), wide, wide, job(2)].map((asked) => target.run(asked)))
  assert.equal(model.runs, [1, 6, 1])
})

executor('fails only the guilty job of a batch', async () => {
  const model = doublingModel()
  const target = batchingExecutor(model, LIMITS)
  const outcomes = await Promise.allSettled([answer(target, job(1)), answer(target, job(-1)), answer(target, job(3))])
  assert.equal(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'failed')),
    [[2], 'failed', [6]],
  )
  assert.equal(model.runs, [3, 1, 1, 1])
})

executor('runs jobs alone where a batch gives another number of rows', async () => {
  const model = doublingModel()
  const target = batchingExecutor(
    { ...model, run: ([x]) => Promise.resolve([tensor('float32', [1, 1], [x!.data[0] as number])]) },
    LIMITS,
  )
  assert.equal(await Promise.all([answer(target, job(1)), answer(target, job(2))]), [[1], [2]])
})

executor('runs once a turn of the event loop at most', async () => {
  let turn = 0
  let counting = true
  const countTurn = () => {
    turn += 1
    if (counting) setImmediate(countTurn)
  }
  setImmediate(countTurn)
  const runTurns: number[] = []
  const model = doublingModel()
  const run: Model['run'] = (feeds) =>
    new Promise((resolve) => {
      setImmediate(() => {
        runTurns.push(turn)
        resolve(model.run(feeds))
      })
    })
  const target = batchingExecutor({ ...model, run }, { ...LIMITS, maxBatchRows: 1 })
  await Promise.all(Array.from({ length: 50 }, () => target.run(job(1))))
  counting = false
  assert.is(new Set(runTurns).size, 50)
})

executor('refuses what does not fit into the queue', async () => {
  const target = batchingExecutor(doublingModel(), { maxBatchRows: 1, maxQueuedRows: 3 })
  const accepted = [job(1), job(2, 3)].map((asked) => target.run(asked))
  await rejects(target.run(job(4)), {
    code: 'overloaded',
    message: "Cannot run model 'doubling': 3 of 3 rows are waiting already",
  })
  await Promise.all(accepted)
  assert.equal(await answer(target, job(5)), [10])
})

executor('accepts a job larger than the queue when nothing waits', async () => {
  const target = batchingExecutor(doublingModel(), { maxBatchRows: 1, maxQueuedRows: 1 })
  assert.equal(await answer(target, job(1, 2, 3)), [2, 4, 6])
})

executor('refuses what waits too long for a run, also while one is under way', async () => {
  const { promise: held, resolve: letGo } = Promise.withResolvers<undefined>()
  const model = doublingModel()
  const run: Model['run'] = async (feeds) => {
    await held
    return model.run(feeds)
  }
  const target = batchingExecutor({ ...model, run }, { ...LIMITS, queueTimeoutMs: 20 })
  const first = answer(target, job(1))
  await nextTick()
  await nextTick()
  const late = [target.run(job(2)), target.run(job(3))]
  for (const refused of late) {
    await rejects(refused, { code: 'timedOut', message: "Cannot run model 'doubling': no run began within 20 ms" })
  }
  letGo(undefined)
  assert.equal(await first, [2])
  assert.equal(await answer(target, job(4)), [8])
})

executor('refuses what waited too long while this thread was busy', async () => {
  let nowMs = 0
  const target = batchingExecutor(doublingModel(), { ...LIMITS, queueTimeoutMs: 50, now: () => nowMs })
  const late = target.run(job(1))
  nowMs = 50
  await rejects(late, { code: 'timedOut' })
  nowMs = 60
  assert.equal(await answer(target, job(2)), [4])
})

executor('tells how long jobs waited, what ran together and what waits', async () => {
  let nowMs = 0
  const told: string[] = []
  const model = doublingModel()
  const run: Model['run'] = (feeds) => {
    nowMs += 30
    return model.run(feeds)
  }
  const recorder: ExecutionRecorder = {
    queued: (rows) => told.push(`queued ${rows}`),
    waited: (seconds) => told.push(`waited ${seconds}`),
    ran: (rows, seconds) => told.push(`ran ${rows} in ${seconds}`),
    restarted: () => told.push('restarted'),
  }
  const target = batchingExecutor({ ...model, run }, { ...LIMITS, maxBatchRows: 2, recorder, now: () => nowMs })
  await Promise.all([job(1), job(2), job(3)].map((asked) => target.run(asked)))
  assert.equal(told, [
    ...['queued 1', 'queued 2', 'queued 3'],
    ...['waited 0', 'waited 0', 'queued 1', 'ran 2 in 0.03'],
    ...['waited 0.03', 'queued 0', 'ran 1 in 0.03'],
  ])
})

executor('drains: answers what it accepted and refuses what comes later', async () => {
  const target = batchingExecutor(doublingModel(), LIMITS)
  const answers: number[][] = []
  for (const value of [1, 2, 3]) void answer(target, job(value)).then((values) => answers.push(values))
  const drained = target.drain()
  await rejects(target.run(job(4)), { code: 'draining' })
  await drained
  assert.equal(answers, [[2], [4], [6]])
})

executor('drains at once when idle', async () => {
  const target = batchingExecutor(doublingModel(), LIMITS)
  await target.run(job(1))
  await target.drain()
  await rejects(target.run(job(1)), { code: 'draining' })
})

executor('releases the model', async () => {
  let released = 0
  const target = batchingExecutor(doublingModel({ release: () => Promise.resolve(void (released += 1)) }), LIMITS)
  await target.drain()
  await target.release()
  assert.is(released, 1)
})

executor.run()
