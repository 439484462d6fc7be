import { formatCount } from '#decision'
import { signatureDifferences } from '#runtime'
import type { Io } from '../command.ts'
import { compareModels, type Progress } from './compare-models.ts'
import { openJudge, type Judge, type Judgement } from './judge.ts'
import { measureSpeed } from './measure-speed.ts'
import { answering, batchRowsFor } from './open-models.ts'
import { notesOf } from './notes.ts'
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
  const { stable, canary, policy, counts } = preparation
  const judge = openJudge(policy, counts.rows)
  if (canary.kind === 'unloadable') {
    return failedUnasked(preparation, judge, `the candidate cannot be loaded: ${canary.reason}`, [])
  }
  const differences = signatureDifferences(stable.model.signature, canary.model.signature)
  if (differences.length > 0) {
    const reason = `the candidate cannot answer stable's requests: ${differences.join('; ')}`
    return failedUnasked(preparation, judge, reason, differences)
  }
  const models = { stable: stable.about, canary: canary.about }
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
  const notes = [...note, ...notesOf(answers, counts.requests, preparation.tolerances)]
  return {
    ...answers,
    ...judged,
    ...unansweredVerdict(answers, judged),
    ...stoppedVerdict(answers),
    models,
    differences,
    speed,
    notes,
  }
}

const SUBJECT = 'the requests'
const NO_SPEED = { speed: null, note: [] }

/** A verdict that takes the place of the judge's; empty where that one stands. */
type OwnVerdict = Partial<Pick<ComparisonRecord, 'verdict' | 'reason'>>

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

/** A candidate that cannot be asked at all has failed, whatever the requests are. */
function failedUnasked(
  { stable, canary }: Preparation,
  judge: Judge,
  reason: string,
  differences: readonly string[],
): ComparisonRecord {
  const { logE, needed, signals } = judge.conclude()
  const models = { stable: stable.about, canary: canary.about }
  return { ...NOTHING, verdict: 'fail', reason, models, differences, logE, needed, signals, speed: null, notes: [] }
}

/** Agreement on inputs that no two answers were given to is no agreement. */
function unansweredVerdict(
  { pairs, bothErrors, canaryOnlyErrors, stableOnlyErrors }: AnswerComparison,
  { verdict }: Judgement,
): OwnVerdict {
  if (verdict === 'fail' || pairs > bothErrors + canaryOnlyErrors + stableOnlyErrors) return {}
  const [stable, canary] = [bothErrors + stableOnlyErrors, bothErrors + canaryOnlyErrors].map(formatCount)
  const counts = `of ${formatCount(pairs)} inputs stable failed on ${stable}, the candidate on ${canary}`
  return { verdict: 'inconclusive', reason: `there is not one input that both models answer: ${counts}` }
}

/** A process that keeps ending is a verdict of its own, whatever the pairs before it said. */
function stoppedVerdict({ stopped, errors }: AnswerComparison): OwnVerdict {
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
