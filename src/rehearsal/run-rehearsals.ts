import { appendFileSync, writeFileSync } from 'node:fs'
import { errorCodes, findProfile, partsNeeded, scrapeSource, writeEvidence } from '#evidence'
import type { Io } from '../command.ts'
import { evidencePaths } from './evidence-paths.ts'
import { latencyBounds } from './latency-bounds.ts'
import { openLiveView } from './live/view.ts'
import type { ModelFile } from './traffic/model-file.ts'
import type { RehearsalOptions } from './options.ts'
import { podTemplateHash } from './traffic/pod-template-hash.ts'
import type { Preparation } from './preparation.ts'
import type { PrometheusEvidence } from './prometheus-evidence.ts'
import { seededRandom } from './traffic/random.ts'
import type { RehearsalRecord } from './record.ts'
import { rehearseCandidate, type CandidateOptions, type EvidenceRequest } from './rehearse-candidate.ts'
import { shadowSetting } from './shadow-setting.ts'
import { titlesOf } from './titles.ts'

/** What stands in a policy's quantile when it names none. */
const DEFAULT_QUANTILE = 0.95

/**
 * Rehearses the candidates one after the other, each shown live on standard error.
 *
 * @param prometheus undefined to scrape the pods directly
 * @returns one finished record for each candidate
 */
export async function runRehearsals(
  preparation: Preparation,
  options: RehearsalOptions,
  prometheus: PrometheusEvidence | undefined,
  io: Io,
): Promise<RehearsalRecord[]> {
  const { candidates } = preparation
  const paths = options.evidencePath === undefined ? [] : evidencePaths(options.evidencePath, options.candidatePaths)
  const titles = titlesOf(options.candidatePaths)
  const records: RehearsalRecord[] = []
  for (const [index, candidate] of candidates.entries()) {
    const path = paths[index]
    if (path !== undefined) writeFileSync(path, '')
    const view = openLiveView(io.stderr, { now: () => io.now(), noColor: Boolean(io.env['NO_COLOR']) })
    let latest: RehearsalRecord | undefined
    try {
      const title = titles[index] ?? candidate.name
      const rehearsal = candidateOptions(preparation, options, candidate, title)
      const record = await rehearseCandidate(rehearsal, {
        now: () => io.now(),
        signal: io.signal,
        random: seededRandom(options.seed),
        openEvidence: (request) => openEvidence(rehearsal, request, options, preparation, prometheus, io),
        onWindow: (window) => {
          if (path !== undefined) appendFileSync(path, writeEvidence(window))
        },
        onUpdate: (update) => {
          latest = update
          view.update(update)
        },
      })
      view.finish(record)
      records.push(record)
      latest = undefined
    } finally {
      // Ended by a signal or a fault: what is on the screen stays as it was.
      if (latest !== undefined) view.finish({ ...latest, phase: 'finished' })
    }
  }
  return records
}

function candidateOptions(
  { rollout, steps, policy, plan, stable, bodies, notes }: Preparation,
  options: RehearsalOptions,
  candidate: ModelFile,
  title: string,
): CandidateOptions {
  const { latency } = policy.signals
  const isErrorCode = errorCodes(policy.errorCodes)
  // The same model on both sides is still two versions to tell apart.
  const hash =
    candidate.podTemplateHash === stable.podTemplateHash ? otherHash(stable.podTemplateHash) : candidate.podTemplateHash
  return {
    course: {
      rollout,
      title,
      plan,
      steps,
      notes,
      stable: { model: stable.name, podTemplateHash: stable.podTemplateHash },
      canary: { model: title, podTemplateHash: hash },
      latencyQuantile: latency?.quantile ?? DEFAULT_QUANTILE,
      intervalMs: options.intervalMs,
    },
    modelPaths: { stable: stable.path, canary: candidate.path },
    podsPerArm: { stable: options.stablePods, canary: options.canaryPods },
    runtimeArgs: [
      // The rehearsal warms both arms up with real requests.
      '--warm-up',
      '300ms',
      '--latency-buckets',
      latencyBounds(latency?.max).join(','),
      ...(options.classes === undefined ? [] : ['--classes', options.classes]),
    ],
    shadow: shadowSetting(options, policy),
    bodies,
    requestsPerSecond: options.requestsPerSecond,
    requestTimeoutMs: options.requestTimeoutMs,
    historyMs: options.historyMs,
    outagePatienceMs: Math.max(policy.outage.patience / options.timeScale, 10 * options.intervalMs),
    isError: (status) => isErrorCode(String(status)),
  }
}

async function openEvidence(
  { course: { stable, canary } }: CandidateOptions,
  request: EvidenceRequest,
  { intervalMs }: RehearsalOptions,
  { policy }: Preparation,
  prometheus: PrometheusEvidence | undefined,
  io: Io,
) {
  const arms = {
    // Whatever the service in the cluster calls its metrics: the rehearsed servers are modelgate's own.
    profile: findProfile('modelgate', undefined, errorCodes(policy.errorCodes)),
    needs: partsNeeded(policy),
    stableHash: stable.podTemplateHash,
    canaryHash: canary.podTemplateHash,
  }
  if (prometheus !== undefined) return prometheus.open(request, { ...arms, scrapeIntervalMs: intervalMs }, io.signal)
  const { targets, weightAt, sinceMs } = request
  return scrapeSource({ ...arms, targets: () => targets, weightAt, sinceMs, intervalMs, fetch })
}

function otherHash(hash: string): string {
  return podTemplateHash(Buffer.from(`${hash} as canary`).toString('hex'))
}
