import { setTimeout as sleep } from 'node:timers/promises'
import { type Window } from '#decision'
import { InputError } from '#faults'
import type { EvidenceSource, ScrapeTarget, WeightAt } from '#evidence'
import { openCanaryService, type CanaryService } from './traffic/canary-service.ts'
import { Course, type CourseOptions } from './course.ts'
import { startLoad } from './traffic/load.ts'
import { describeArmEnd, scrapeTargets, startArm, type Arm } from './traffic/pods.ts'
import type { Random } from './traffic/random.ts'
import type { RehearsalRecord } from './record.ts'
import { openRouter } from './traffic/router.ts'
import { describeLosses, type ArmSide, type RouterCounts } from './traffic/router-counts.ts'
import { routedEvidence } from './traffic/routed-evidence.ts'
import { StartError } from './traffic/serving-process.ts'
import { shadowArguments, watchShadow, type ShadowSetting, type ShadowWatch } from './shadow-setting.ts'
import { warmUp } from './traffic/warm-up.ts'

/** A server that is not ready by then will not be: a model of hundreds of megabytes loads in seconds. */
const START_TIMEOUT_MS = 60_000

const WARM_UP_REQUESTS = 600
const WARM_UP_LIMIT_MS = 4_000

const CONNECTIONS_PER_POD = 64
const MAX_IN_FLIGHT = 4_096

/** Where the pods' metrics are read from, and since when they count. */
export interface EvidenceRequest {
  readonly targets: readonly ScrapeTarget[]
  readonly weightAt: WeightAt
  /** Milliseconds since 1970. */
  readonly sinceMs: number
}

export interface CandidateOptions {
  readonly course: Omit<CourseOptions, 'startedMs'>
  readonly modelPaths: Readonly<Record<ArmSide, string>>
  readonly podsPerArm: Readonly<Record<ArmSide, number>>
  /** Further options of `modelgate runtime`. */
  readonly runtimeArgs: readonly string[]
  /** How stable's requests are copied to the candidate; null where they are not. */
  readonly shadow: ShadowSetting | null
  readonly bodies: readonly string[]
  readonly requestsPerSecond: number
  readonly requestTimeoutMs: number
  readonly historyMs: number
  /** Without any evidence for so long the rehearsal ends undecided. */
  readonly outagePatienceMs: number
  /** Whether an answer with this status counts as an error. */
  readonly isError: (status: number) => boolean
}

/** What a rehearsal needs of the world around it. */
export interface RehearsalWorld {
  readonly now: () => number
  readonly random: Random
  readonly signal: AbortSignal
  openEvidence(request: EvidenceRequest): Promise<EvidenceSource>
  /** Told of every change, a few times a second. */
  onUpdate(record: RehearsalRecord): void
  /** Told of every window of evidence, in order. */
  onWindow(window: Window): void
}

/**
 * Rehearses one candidate: starts both arms, sends traffic to stable alone for a while, walks the steps, stops everything.
 *
 * @throws {InputError} where stable cannot be started or the metrics lack what the policy needs
 */
export async function rehearseCandidate(options: CandidateOptions, world: RehearsalWorld): Promise<RehearsalRecord> {
  const course = new Course({ ...options.course, startedMs: world.now() })
  const pulse = setInterval(() => {
    world.onUpdate(course.record(world.now()))
  }, 200)
  const arms: Arm[] = []
  const service = options.shadow === null ? undefined : await openCanaryService()
  try {
    const started = await startBoth(options, service, course, arms, world)
    if (started !== undefined) {
      service?.route(origins(started.canary))
      await walk(started, options, course, world)
    }
    return course.record(world.now())
  } finally {
    clearInterval(pulse)
    await Promise.all(arms.flatMap(({ processes }) => processes.map((process) => process.stop())))
    await service?.close()
  }
}

interface BothArms {
  readonly stable: Arm
  readonly canary: Arm
}

async function startBoth(
  { course: { rollout, stable, canary }, modelPaths, podsPerArm, runtimeArgs, shadow }: CandidateOptions,
  service: CanaryService | undefined,
  course: Course,
  arms: Arm[],
  { random, signal, now }: RehearsalWorld,
): Promise<BothArms | undefined> {
  const start = async (side: ArmSide): Promise<Arm> => {
    const { podTemplateHash } = { stable, canary }[side]
    const arm = await startArm({
      side,
      rollout,
      podTemplateHash,
      modelPath: modelPaths[side],
      pods: podsPerArm[side],
      args: [...runtimeArgs, ...shadowArguments(shadow, side, podTemplateHash, service?.origin)],
      startTimeoutMs: START_TIMEOUT_MS,
      random,
      signal,
    })
    arms.push(arm)
    return arm
  }
  const [stableStart, canaryStart] = await Promise.allSettled([start('stable'), start('canary')])
  if (stableStart.status === 'rejected') throw refusal(stableStart.reason, modelPaths.stable)
  if (canaryStart.status === 'fulfilled') return { stable: stableStart.value, canary: canaryStart.value }
  if (!(canaryStart.reason instanceof StartError)) throw canaryStart.reason
  course.refuse(`candidate process ${canaryStart.reason.message}`, now())
  return undefined
}

/** Without stable there is nothing to rehearse against, so that is the user's to mend. */
function refusal(reason: unknown, modelPath: string): unknown {
  if (!(reason instanceof StartError)) return reason
  return new InputError(`model "${modelPath}"`, [{ path: '', text: `its process ${reason.message}` }], {
    cause: reason,
  })
}

async function walk(arms: BothArms, options: CandidateOptions, course: Course, world: RehearsalWorld): Promise<void> {
  const { now, random, signal } = world
  const { bodies, requestsPerSecond, isError } = options
  const pods = { stable: origins(arms.stable), canary: origins(arms.canary) }
  await warmUp({
    pods,
    bodies,
    requestsPerPod: WARM_UP_REQUESTS,
    limitMs: WARM_UP_LIMIT_MS,
    random,
    now,
    signal,
  })
  const comparison = options.shadow === null ? undefined : await watchShadow(pods.canary, signal)
  const router = openRouter({
    pods,
    path: '/predict',
    timeoutMs: options.requestTimeoutMs,
    connections: CONNECTIONS_PER_POD,
    maxInFlight: MAX_IN_FLIGHT,
    isError,
    now,
  })
  const load = startLoad({ router, bodies, requestsPerSecond, random, now })
  try {
    const targets = [...scrapeTargets(arms.stable), ...scrapeTargets(arms.canary)]
    const source = await world.openEvidence({ targets, weightAt: (atMs) => course.weightAt(atMs), sinceMs: now() })
    const evidence = routedEvidence(source, router.counts)
    course.beginHistory()
    const historyEndMs = now() + options.historyMs
    let lookedMs = -Infinity
    let evidenceMs = now()
    while (course.outcome === null) {
      await sleepUntil(Math.min(lookedMs + options.course.intervalMs, course.holdEndMs ?? Infinity), world)
      lookedMs = now()
      const { windows, notes } = await evidence.collect(lookedMs, signal)
      signal.throwIfAborted()
      for (const { text } of notes) course.note(text)
      for (const window of windows) {
        evidenceMs = lookedMs
        world.onWindow(window)
        course.take(window, now())
      }
      await showComparison(comparison, course)
      checkProcesses(arms, course, now())
      course.wait(now())
      if (now() - evidenceMs > options.outagePatienceMs) course.starve(now() - evidenceMs, now())
      if (course.phase === 'history' && now() >= historyEndMs) course.beginSteps(now())
      load.setWeight(course.weight)
      world.onUpdate(course.record(now()))
    }
    noteLosses(course, router.counts)
  } finally {
    load.stop()
    await router.close()
  }
}

/** What the pods have compared belongs to the record before the candidate may end. */
async function showComparison(comparison: ShadowWatch | undefined, course: Course): Promise<void> {
  const shadow = await comparison?.read()
  if (shadow !== undefined && shadow !== null) course.compare(shadow)
}

function origins({ processes }: Arm): string[] {
  return processes.map(({ origin }) => origin)
}

function checkProcesses({ stable, canary }: BothArms, course: Course, nowMs: number): void {
  for (const arm of [stable, canary]) {
    const end = describeArmEnd(arm)
    if (end !== undefined) course.loseArm(arm.side, end, nowMs)
  }
}

function noteLosses(course: Course, { totals }: RouterCounts): void {
  for (const [arm, name] of [
    ['stable', 'stable'],
    ['canary', 'the candidate'],
  ] as const) {
    const losses = describeLosses(name, totals[arm])
    if (losses !== undefined) course.note(losses)
  }
}

async function sleepUntil(atMs: number, { now, signal }: RehearsalWorld): Promise<void> {
  await sleep(Math.max(0, Math.min(atMs - now(), 60_000)), undefined, { signal })
}
