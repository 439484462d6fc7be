import type { Io } from '../command.ts'
import { compareModels, type Progress } from './compare-models.ts'
import { openJudge } from './judge.ts'
import { measureSpeed } from './measure-speed.ts'
import { answering, batchRowsFor } from './open-models.ts'
import type { CompareOptions } from './options.ts'
import type { Preparation } from './preparation.ts'
import { openProgress } from './progress.ts'
import type { AnswerComparison, ComparisonRecord } from './record.ts'
import { streamRequests } from './request-stream.ts'
import type { Speed } from './speed.ts'
import { takeSamples } from './speed-samples.ts'

/**
 * A canary whose process ends so often is not worth the wait for the rest of the file. One bad input can end it twice: in
 * company and alone.
 */
const MAX_RESTARTS = 5

/** Compares what was prepared. The models are released by whoever prepared them. */
export async function runComparison(
  preparation: Preparation,
  options: CompareOptions,
  io: Io,
): Promise<ComparisonRecord> {
  const { stable, canary, policy, counts, differences } = preparation
  const judge = openJudge(policy, counts.rows)
  const models = { stable: stable.about, canary: canary.about }
  if (differences.length > 0) {
    const reason = `the candidate cannot answer stable's requests: ${differences.join('; ')}`
    const { logE, needed, signals } = judge.conclude()
    return { ...NOTHING, verdict: 'fail', reason, models, differences, logE, needed, signals, speed: null, notes: [] }
  }
  const batchRows = await batchRowsFor([stable.model, canary.model])
  const progress = openProgress(io.stderr, counts.requests, () => io.now())
  const answers = await compareModels(streamRequests(options.requestsPath, stable.model.signature, SUBJECT), {
    stable: answering(stable.model, batchRows),
    canary: answering(canary.model, batchRows),
    tolerances: preparation.tolerances,
    classes: options.classes,
    maxWorst: options.maxWorst,
    noiseRows: options.noiseRows,
    judge,
    whyStop: () => (canary.restarts() < MAX_RESTARTS ? undefined : `its process ended ${MAX_RESTARTS} times`),
    onProgress: (at: Progress) => {
      progress.update(at)
    },
    signal: io.signal,
  })
  progress.finish()
  const judged = judge.conclude()
  const { speed, note } = answers.stopped === null ? await timeModels(preparation, options, io) : NO_SPEED
  const notes = [...note, ...notesOf(answers, counts.requests)]
  return { ...answers, ...judged, ...stoppedVerdict(answers), models, differences, speed, notes }
}

const SUBJECT = 'the requests'
const NO_SPEED = { speed: null, note: [] }

const NOTHING: AnswerComparison = {
  requests: 0,
  pairs: 0,
  disagreements: 0,
  labelFlips: 0,
  bothErrors: 0,
  canaryOnlyErrors: 0,
  stableOnlyErrors: 0,
  confusion: null,
  outputs: {},
  errors: [],
  noise: null,
  worst: [],
  stopped: null,
}

/** A process that keeps ending is a verdict of its own, whatever the pairs before it said. */
function stoppedVerdict({ stopped, errors }: AnswerComparison): Partial<Pick<ComparisonRecord, 'verdict' | 'reason'>> {
  if (stopped === null) return {}
  const last = errors.find(({ side }) => side === 'canary')?.message
  return { verdict: 'fail', reason: `the candidate cannot be run: ${stopped}${last === undefined ? '' : ` (${last})`}` }
}

async function timeModels(
  { stable, counts }: Preparation,
  { stablePath, candidatePath, requestsPath, speedTimeMs, runTimeoutMs }: CompareOptions,
  io: Io,
): Promise<{ readonly speed: Speed | null; readonly note: readonly string[] }> {
  if (speedTimeMs === 0 || counts.requests === 0) return NO_SPEED
  const samples = await takeSamples(streamRequests(requestsPath, stable.model.signature, SUBJECT))
  const request = { stablePath, canaryPath: candidatePath, samples, budgetMs: speedTimeMs }
  const reply = await measureSpeed(request, runTimeoutMs, io.signal)
  if (reply.kind === 'speed') return { speed: reply.speed, note: [] }
  return { speed: null, note: [`The speed of the models was not measured: ${reply.message}.`] }
}

function notesOf({ stopped, requests, noise }: AnswerComparison, expected: number): string[] {
  return [
    ...(stopped === null ? [] : [`Stopped after ${requests} of ${expected} requests: ${stopped}.`]),
    ...(noise !== null && noise.disagreements > 0
      ? [`Stable disagrees with itself on ${noise.disagreements} of ${noise.pairs} inputs: it is not deterministic.`]
      : []),
  ]
}
