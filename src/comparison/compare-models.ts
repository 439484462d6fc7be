import { ServingError, type Job, type Model, type Tensor, type Tolerances } from '#runtime'
import { openAnswerTally } from './answer-tally.ts'
import type { Answer } from './answered-pair.ts'
import type { Judge } from './judge.ts'
import { openNoiseTally } from './noise-tally.ts'
import type { AnswerComparison } from './record.ts'

/** A request to both models. */
export interface NumberedRequest {
  /** Line of the request file, from 1. */
  readonly line: number
  readonly job: Job
}

/** How far a comparison has come. */
export interface Progress {
  readonly requests: number
  readonly disagreements: number
  readonly errors: number
}

export interface ComparisonOptions {
  readonly stable: Model
  readonly canary: Model
  readonly tolerances: Tolerances
  /** Names of the classes 0, 1, 2 ... */
  readonly classes: readonly string[]
  readonly maxWorst: number
  /** Rows on which stable runs once more, to see how much it differs from itself. */
  readonly noiseRows: number
  readonly judge: Judge
  /** Asked after each request: why the canary cannot go on; undefined while it can. */
  readonly whyStop: () => string | undefined
  readonly onProgress: (progress: Progress) => void
  readonly signal: AbortSignal
}

/** Sends each request to both models and compares what they answer, in bounded memory. */
export async function compareModels(
  requests: AsyncIterable<NumberedRequest>,
  options: ComparisonOptions,
): Promise<AnswerComparison> {
  const { stable, canary, tolerances, judge, noiseRows } = options
  const tally = openAnswerTally({ ...options, signature: stable.signature })
  const noise = openNoiseTally(stable.signature.outputs, tolerances)
  const askCanary = inOrderOf(stable, canary)
  let stopped: string | undefined
  let progress: Progress = { requests: 0, disagreements: 0, errors: 0 }

  for await (const { line, job } of requests) {
    options.signal.throwIfAborted()
    // The canary first: while its process computes, so does stable's.
    const canaryAnswer = askCanary(job.feeds)
    const [stableAnswer, canaryGiven] = [await ask(stable, job.feeds), await canaryAnswer]
    const counts = tally.add({ line, job, stable: stableAnswer, canary: canaryGiven })
    judge.add(counts)
    if (noise.pairs < noiseRows && stableAnswer.kind === 'outputs') {
      noise.add(stableAnswer, await ask(stable, job.feeds))
    }
    progress = {
      requests: progress.requests + 1,
      disagreements: progress.disagreements + counts.disagreements,
      errors: progress.errors + counts.canaryOnlyErrors,
    }
    options.onProgress(progress)
    stopped = options.whyStop()
    if (stopped !== undefined) break
  }
  return { ...tally.summarize(), noise: noise.summarize(), stopped: stopped ?? null }
}

async function ask(model: Model, feeds: readonly Tensor[]): Promise<Answer> {
  try {
    return { kind: 'outputs', outputs: await model.run(feeds) }
  } catch (error) {
    if (error instanceof ServingError) return { kind: 'failed', message: error.message }
    throw error
  }
}

/** Asks the canary with stable's feeds; its inputs and outputs may stand in another order, and it may give more outputs. */
function inOrderOf(stable: Model, canary: Model): (feeds: readonly Tensor[]) => Promise<Answer> {
  const inputs = canary.signature.inputs.map(({ name }) => placeOf(name, stable.signature.inputs))
  const outputs = stable.signature.outputs.map(({ name }) => placeOf(name, canary.signature.outputs))
  return async (feeds) => {
    const answer = await ask(
      canary,
      inputs.map((i) => feeds[i]!),
    )
    return answer.kind === 'failed' ? answer : { kind: 'outputs', outputs: outputs.map((i) => answer.outputs[i]) }
  }
}

function placeOf(name: string, specs: readonly { readonly name: string }[]): number {
  return specs.findIndex((spec) => spec.name === name)
}
