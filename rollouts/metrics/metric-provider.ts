import type { AwaitedStep } from '#decision'
import { InputError, parseInput } from '#faults'
import { errorCodes, findProfile, policySchema, type Policy } from '#evidence'
import { pluginConfig } from '#plugin'
import type { AnalysisRun, Measurement, Metric, MetricPlugin, ReceivedMeasurement } from '#plugin'
import { answer, nextLook } from './answer.ts'
import type { Cluster } from './cluster.ts'
import { awaitedStep, courseOf, type Course, type RunFacts } from './course.ts'
import { createLooker, type LookerOptions } from './looker.ts'
import { subjectOf, type Subject } from './subject.ts'

/** What the provider needs of the world. */
export interface MetricProviderOptions extends LookerOptions {
  readonly cluster: Cluster
}

/** How long the API server may take. */
const LOCATE_TIME_LIMIT_MS = 5_000

/**
 * The metric provider `modelgate/slo`. A gate (an inline analysis) is Running until its step passes, fails or is left
 * undecided at the deadline; a guard (a background analysis) fails as soon as harm is proven.
 */
export function createMetricProvider(options: MetricProviderOptions): MetricPlugin {
  const { now, cluster } = options
  const lookAt = createLooker(options)

  return {
    type: 'modelgate/slo',
    run: (run, metric, { signal }) => measure(run, metric, undefined, signal),
    resume: (run, metric, measurement, { signal }) => measure(run, metric, measurement, signal),
    terminate: (_run, _metric, measurement) => terminate(measurement, now()),
    getMetadata: (metric) => describeMetric(metric),
  }

  async function measure(
    run: AnalysisRun,
    metric: Metric,
    given: ReceivedMeasurement | undefined,
    callSignal: AbortSignal,
  ): Promise<Measurement> {
    const nowMs = now()
    const subject = subjectOf(run.metadata, nowMs)
    const policy = policyOf(metric, subject)
    const startedAt = given?.startedAt ?? new Date(nowMs)
    const place = await locate(subject, policy, callSignal)
    if ('waiting' in place) {
      return { phase: 'Running', message: place.waiting, startedAt, resumeAt: nextLook({ policy, nowMs }) }
    }
    const found = await lookAt({ subject, policy, ...place, nowMs, signal: callSignal })
    const lasting = metric.interval === ''
    return answer(found, { policy, lasting, nowMs: now(), startedAt, fromMs: place.course.fromMs })
  }

  /** Where the rollout stands, from the cluster; an API server that is away is waited for. */
  async function locate(
    subject: Subject,
    policy: Policy,
    callSignal: AbortSignal,
  ): Promise<{ course: Course; awaited: AwaitedStep; stableHash: string } | { waiting: string }> {
    const signal = AbortSignal.any([callSignal, AbortSignal.timeout(LOCATE_TIME_LIMIT_MS)])
    const { namespace, rollout, canaryHash } = subject
    const [facts, runs] = await Promise.all([
      cluster.rollout(namespace, rollout, signal),
      cluster.runs(namespace, canaryHash, signal),
    ]).catch((error: unknown) => {
      if (error instanceof InputError) throw error
      return [error instanceof Error ? error : new Error(String(error)), undefined] as const
    })
    if (facts instanceof Error) return { waiting: `waiting for the Kubernetes API: ${facts.message}` }
    const stableHash = policy.stable ?? facts.stableHash
    if (stableHash === undefined) return { waiting: `waiting for Rollout ${rollout} to have a stable version` }
    if (stableHash === canaryHash) {
      throw new InputError(`Rollout "${namespace}/${rollout}"`, [
        { path: 'stable', text: `expected another hash than the canary's, received ${canaryHash}` },
      ])
    }
    const { setWeights } = facts
    const course = courseOf(runs ?? [], setWeights, factsOf(subject))
    return { course, awaited: awaitedStep(course, setWeights, subject), stableHash }
  }
}

function factsOf({ run: name, revision, type, stepIndex, createdMs }: Subject): RunFacts {
  return { name, revision, type, stepIndex, createdMs, phase: 'Running' }
}

/**
 * Reads the policy out of the metric. In a background analysis it guards, whatever it says: nothing there waits for a
 * step to pass.
 */
function policyOf(metric: Metric, { type }: Subject): Policy {
  if (metric.successCondition !== '' || metric.failureCondition !== '') {
    throw new InputError(`metric "${metric.name}"`, [
      {
        path: metric.successCondition === '' ? 'failureCondition' : 'successCondition',
        text: 'expected none: Argo evaluates no conditions for plugins, and modelgate sets the phase itself',
      },
    ])
  }
  const { pluginName, config } = pluginConfig(metric)
  const policy = parseInput(policySchema, config, `policy of metric "${metric.name}" (${pluginName})`)
  return type === 'background' ? { ...policy, mode: 'guard' } : policy
}

/** The run is over, by an abort, a promotion or another metric; what it found so far stands. */
function terminate(measurement: ReceivedMeasurement, nowMs: number): Measurement {
  const { message, startedAt, value, metadata } = measurement
  return {
    phase: 'Successful',
    message: `ended before a decision${message === '' ? '' : `: ${message}`}`,
    value,
    metadata,
    startedAt,
    finishedAt: new Date(nowMs),
  }
}

function describeMetric(metric: Metric): Record<string, string> {
  const { config } = pluginConfig(metric)
  const policy = parseInput(policySchema, config, `policy of metric "${metric.name}"`)
  const { prometheus, ...rest } = policy
  const profile = findProfile(policy.profile, policy.custom, errorCodes(policy.errorCodes))
  return {
    prometheus: prometheus?.address ?? '',
    metrics: [...new Set(profile.families.map(({ metric: name }) => name))].join(', '),
    policy: JSON.stringify(rest),
  }
}
