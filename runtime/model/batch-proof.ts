import { isFloat } from './element-type.ts'
import type { Model } from './model.ts'
import { sampleFeeds } from './sample-feeds.ts'
import { ServingError } from '../execution/serving-error.ts'
import { hasRows } from './signature.ts'
import { joinRows, takeRows, type Tensor } from './tensor.ts'

const PAIRS = 3

/**
 * How far a row's result may move when it runs beside another, relative to the larger of 1 and its size. Matrix kernels add
 * in another order for two rows than for one; what mixes rows moves results by far more.
 */
const TOLERANCE = 1e-4

/**
 * Tries whether a model answers two rows together as it answers each alone, on several made-up pairs. A model that cannot run
 * any made-up pair counts as unsafe: it is served one request a run, which is slower and never wrong.
 */
export async function isBatchingSafe(model: Model): Promise<boolean> {
  if (!hasRows(model.signature)) return false
  let proved = 0
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const outcome = await tryPair(model, 2 * pair)
    if (outcome === 'different') return false
    if (outcome === 'equal') proved += 1
  }
  return proved > 0
}

async function tryPair(model: Model, variant: number): Promise<'equal' | 'different' | 'unknown'> {
  const one = sampleFeeds(model.signature, variant)
  const two = sampleFeeds(model.signature, variant + 1)
  if (one === undefined || two === undefined) return 'unknown'
  const alone = await runEach(model, [one, two])
  if (alone === undefined) return 'unknown'
  const together = await runEach(model, [one.map((feed, i) => joinRows([feed, two[i]!]))])
  if (together === undefined) return 'different'
  return together[0]!.every((output, i) => {
    const [a, b] = [alone[0]![i]!, alone[1]![i]!]
    if (output.dims[0] !== 2 || a.dims[0] !== 1 || b.dims[0] !== 1) return false
    return areClose(takeRows(output, 0, 1), a) && areClose(takeRows(output, 1, 1), b)
  })
    ? 'equal'
    : 'different'
}

/** Undefined when the model cannot run one of the inputs. */
async function runEach(model: Model, inputs: readonly (readonly Tensor[])[]): Promise<Tensor[][] | undefined> {
  const outputs: Tensor[][] = []
  try {
    for (const feeds of inputs) outputs.push(await model.run(feeds))
  } catch (error) {
    if (error instanceof ServingError) return undefined
    throw error
  }
  return outputs
}

function areClose(a: Tensor, b: Tensor): boolean {
  if (a.data.length !== b.data.length) return false
  for (let i = 0; i < a.data.length; i += 1) {
    const [x, y] = [a.data[i]!, b.data[i]!]
    if (Object.is(x, y) || x === y) continue
    if (!isFloat(a.type)) return false
    const scale = Math.max(1, Math.abs(Number(x)), Math.abs(Number(y)))
    if (!(Math.abs(Number(x) - Number(y)) <= TOLERANCE * scale)) return false
  }
  return true
}
