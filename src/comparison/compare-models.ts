import { ServingError, type Executor, type Job, type Signature, type Tolerances } from '#runtime'
import { openAnswerTally } from './answer-tally.ts'
import type { Answer, AnsweredPair } from './answered-pair.ts'
import type { Judge } from './judge.ts'
import { openNoiseTally } from './noise-tally.ts'
import type { AnswerComparison } from './record.ts'

/** A request to both models. */
export interface NumberedRequest {
  /** Line of the request file, from 1. */
  readonly line: number
  readonly job: Job
}

/** A model that answers, wherever it runs. */
export interface AnsweringModel {
  readonly signature: Signature
  readonly executor: Executor
}

/** How far a comparison has come. */
export interface Progress {
  readonly requests: number
  readonly disagreements: number
  readonly errors: number
}

export interface ComparisonOptions {
  readonly stable: AnsweringModel
  readonly canary: AnsweringModel
  readonly tolerances: Tolerances
  /** Names of the classes 0, 1, 2 ... */
  readonly classes: readonly string[]
  readonly maxWorst: number
  /** Rows on which stable runs once more, to see how much it differs from itself. */
  readonly noiseRows: number
  readonly judge: Judge
  /** Asked after each chunk of requests: why the canary cannot go on; undefined while it can. */
  readonly whyStop: () => string | undefined
  readonly onProgress: (progress: Progress) => void
  readonly signal: AbortSignal
}

/** Requests that are under way together; their answers are held until all of them are there. */
const CHUNK = 64

/** Sends each request to both models and compares what they answer, in bounded memory. */
export async function compareModels(
  requests: AsyncIterable<NumberedRequest>,
  options: ComparisonOptions,
): Promise<AnswerComparison> {
  const { stable, canary, tolerances, judge, noiseRows } = options
  const tally = openAnswerTally({ ...options, signature: stable.signature })
  const noise = openNoiseTally(stable.signature.outputs, tolerances)
  const askCanary = inOrderOf(stable, canary)
  let progress: Progress = { requests: 0, disagreements: 0, errors: 0 }
  let stopped: string | undefined

  function take(pair: AnsweredPair): void {
    const counts = tally.add(pair)
    judge.add(counts)
    progress = {
      requests: progress.requests + 1,
      disagreements: progress.disagreements + counts.disagreements,
      errors: progress.errors + counts.canaryOnlyErrors,
    }
  }

  /** Once more and one by one, so that what company in a batch does to an answer is part of the noise. */
  async function repeat({ job, stable: first }: AnsweredPair): Promise<void> {
    if (noise.pairs < noiseRows && first.kind === 'outputs') noise.add(first, await ask(stable.executor, job))
  }

  for await (const chunk of inChunks(requests)) {
    options.signal.throwIfAborted()
    const pairs = await Promise.all(
      chunk.map(async ({ line, job }): Promise<AnsweredPair> => {
        const [canaryAnswer, stableAnswer] = await Promise.all([askCanary(job), ask(stable.executor, job)])
        return { line, job, stable: stableAnswer, canary: canaryAnswer }
      }),
    )
    for (const pair of pairs) {
      take(pair)
      await repeat(pair)
    }
    options.onProgress(progress)
    stopped = options.whyStop()
    if (stopped !== undefined) break
  }
  return { ...tally.summarize(), noise: noise.summarize(), stopped: stopped ?? null }
}

async function* inChunks(requests: AsyncIterable<NumberedRequest>): AsyncGenerator<readonly NumberedRequest[]> {
  let chunk: NumberedRequest[] = []
  for await (const request of requests) {
    chunk.push(request)
    if (chunk.length < CHUNK) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

async function ask(executor: Executor, job: Job): Promise<Answer> {
  try {
    return { kind: 'outputs', outputs: await executor.run(job) }
  } catch (error) {
    if (error instanceof ServingError) return { kind: 'failed', message: error.message }
    throw error
  }
}

/** Asks the canary with stable's feeds; its inputs and outputs may stand in another order, and it may give more outputs. */
function inOrderOf(stable: AnsweringModel, canary: AnsweringModel): (job: Job) => Promise<Answer> {
  const inputs = canary.signature.inputs.map(({ name }) => placeOf(name, stable.signature.inputs))
  const outputs = stable.signature.outputs.map(({ name }) => placeOf(name, canary.signature.outputs))
  return async ({ feeds, rows }) => {
    const answer = await ask(canary.executor, { feeds: inputs.map((i) => feeds[i]!), rows })
    return answer.kind === 'failed' ? answer : { kind: 'outputs', outputs: outputs.map((i) => answer.outputs[i]) }
  }
}

function placeOf(name: string, specs: readonly { readonly name: string }[]): number {
  return specs.findIndex((spec) => spec.name === name)
}
