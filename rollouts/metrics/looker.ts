import { planGate, type AwaitedStep, type GatePlan } from '#decision'
import { InputError } from '#faults'
import {
  errorCodes,
  findProfile,
  partsNeeded,
  prometheusSource,
  type Policy,
  type PrometheusClient,
  type PrometheusSettings,
} from '#evidence'
import type { Course } from './course.ts'
import { openRevisions } from './revisions.ts'
import type { OpenSource, RevisionLook } from './revision.ts'
import type { Subject } from './subject.ts'
import { createTurns } from './turns.ts'

/** What looking needs of the world. */
export interface LookerOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** One client for each Prometheus; asked again for the same settings it may give the same one. */
  readonly connect: (settings: PrometheusSettings) => Promise<PrometheusClient>
}

/** One analysis, step or guard asking how its revision stands. */
export interface Asked {
  readonly subject: Subject
  readonly policy: Policy
  readonly course: Course
  readonly awaited: AwaitedStep
  readonly stableHash: string
  readonly nowMs: number
  readonly signal: AbortSignal
}

/** Looks at the same time, over all rollouts: Prometheus is shared with those who need it during an incident. */
const MAX_LOOKS = 8
const MAX_PLANS = 1_000
/** A look that is not done by then goes on with the next one; the controller must never wait for a slow Prometheus. */
const LOOK_TIME_LIMIT_MS = 8_000

/** Everything between "this analysis asks" and "this is how its revision stands", for metric provider and step alike. */
export function createLooker(options: LookerOptions): (asked: Asked) => Promise<RevisionLook> {
  const revisions = openRevisions()
  const planOf = createPlanner()
  const turns = createTurns(MAX_LOOKS)

  return async ({ subject, policy, course, awaited, stableHash, nowMs, signal: callSignal }) => {
    const plan = planOf(policy)
    const client = await options.connect(prometheusOf(policy))
    const revision = revisions.find(subject, policy, nowMs, sourceOf(subject, policy, stableHash, client))
    if (awaited.weight === 0) refuseWithoutPairs(plan)
    return turns.take(() => {
      const signal = AbortSignal.any([callSignal, AbortSignal.timeout(LOOK_TIME_LIMIT_MS)])
      return revision.look({ plan, course, awaited, nowMs, signal })
    })
  }
}

/** A template's policy is planned once, however often it is looked at. */
function createPlanner(): (policy: Policy) => GatePlan {
  const plans = new Map<string, GatePlan>()
  return (policy) => {
    const key = JSON.stringify(policy)
    const plan = plans.get(key) ?? planGate(policy)
    if (plans.size >= MAX_PLANS) plans.clear()
    plans.set(key, plan)
    return plan
  }
}

/** @throws {InputError} where a gate waits before the canary has traffic, and no signal can be judged without */
function refuseWithoutPairs({ mode, signals }: GatePlan): void {
  if (mode === 'guard' || signals.shadow !== undefined) return
  const text = 'expected this signal, because no other can be judged before the first setWeight, received nothing'
  throw new InputError('the policy', [{ path: 'signals.shadow', text }])
}

function sourceOf(subject: Subject, policy: Policy, stableHash: string, client: PrometheusClient): OpenSource {
  const { profile, custom, labels, scrapeInterval, signals } = policy
  return ({ fromMs }, weight) =>
    prometheusSource({
      client,
      profile: findProfile(profile, custom, errorCodes(policy.errorCodes)),
      labels,
      stableHash,
      canaryHash: subject.canaryHash,
      namespace: subject.namespace,
      fromMs,
      weightAt: weight,
      scrapeIntervalMs: scrapeInterval,
      needs: partsNeeded({ signals }),
    })
}

function prometheusOf({ prometheus }: Policy): PrometheusSettings {
  if (prometheus !== undefined) return prometheus
  const text = 'expected an address such as "http://prometheus.monitoring:9090", received nothing'
  throw new InputError('the policy', [{ path: 'prometheus.address', text }])
}
