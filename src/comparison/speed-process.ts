// A process that times two models by turns and tells its parent.
import { isBatchingSafe, joinRows, loadModel, ServingError, type Model, type Tensor } from '#runtime'
import type { SpeedReply, SpeedRequest } from './measure-speed.ts'
import { timeInTurns, type BatchSpeed, type Speed } from './speed.ts'

const BATCH_ROWS = 32

process.on('message', (request) => {
  void answer(request as SpeedRequest).then((reply) => process.send?.(reply))
})

async function answer(request: SpeedRequest): Promise<SpeedReply> {
  try {
    return { kind: 'speed', speed: await measure(request) }
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) }
  }
}

async function measure({ stablePath, canaryPath, samples, budgetMs }: SpeedRequest): Promise<Speed> {
  const stable = await loadModel(stablePath)
  const canary = await loadModel(canaryPath)
  const time = (batches: readonly (readonly Tensor[])[], rows: number): Promise<BatchSpeed> =>
    timeInTurns(runner(stable, stable, batches), runner(canary, stable, batches), rows, budgetMs, () =>
      performance.now(),
    )
  const usable = await whatBothRun(stable, canary, samples)
  if (usable.length === 0) throw new Error('there is no example that both models answer')
  const single = await time(usable, 1)
  if (!(await isBatchingSafe(stable)) || !(await isBatchingSafe(canary))) {
    return { batches: [single], unbatched: 'rows of one of the models cannot run together' }
  }
  return { batches: [single, await time([batchOf(usable)], BATCH_ROWS)], unbatched: null }
}

/** An example on which a model fails takes another time than one that it answers, and would fail a whole batch. */
async function whatBothRun(stable: Model, canary: Model, samples: SpeedRequest['samples']) {
  const usable: (readonly Tensor[])[] = []
  for (const feeds of samples) {
    try {
      await runner(stable, stable, [feeds])()
      await runner(canary, stable, [feeds])()
      usable.push(feeds)
    } catch (error) {
      if (!(error instanceof ServingError)) throw error
    }
  }
  return usable
}

/** The samples over and over, until the batch is full. */
function batchOf(samples: readonly (readonly Tensor[])[]): Tensor[] {
  return samples[0]!.map((_, input) =>
    joinRows(Array.from({ length: BATCH_ROWS }, (__, i) => samples[i % samples.length]![input]!)),
  )
}

/** Runs a model on one batch after the other. */
function runner(model: Model, stable: Model, batches: readonly (readonly Tensor[])[]): () => Promise<unknown> {
  const places = model.signature.inputs.map(({ name }) =>
    stable.signature.inputs.findIndex((input) => input.name === name),
  )
  let turn = 0
  return () => {
    const feeds = batches[turn % batches.length]!
    turn += 1
    return model.run(places.map((i) => feeds[i]!))
  }
}
