import { startTraffic, type Traffic } from './ingress-traffic.ts'
import { until } from './poll.ts'
import type { PrometheusServer } from './prometheus-server.ts'
import { PATHS, type AnalysisRun, type Measurement, type Rollout } from './resources.ts'
import type { RolloutsController } from './rollouts-controller.ts'
import { buildApp, type AppOptions, type Manifest } from './user-manifests.ts'
import type { World } from './world.ts'

const APP = 'iris'
/** Long enough for a busy machine; scenarios that wait by design say so. */
const PATIENCE_MS = 180_000

/** One scenario's own namespace, with what a user would do in it. */
export interface Stage {
  readonly world: World
  readonly namespace: string
  /** The controller and the Prometheus of this scenario: the shared ones, or its own. */
  readonly controller: RolloutsController
  readonly prometheus: PrometheusServer
  readonly traffic: Traffic
  /** `kubectl argo rollouts ...` in the namespace. */
  argo(...args: string[]): Promise<string>
  /** Bumps the image as a user does. */
  setImage(tag: string): Promise<void>
  /** Applies the manifests with other options. */
  apply(options: Partial<AppOptions>): Promise<void>
  /** The manifests of the stage, with other options. */
  manifests(options: Partial<AppOptions>): Manifest[]
  rollout(): Promise<Rollout>
  analysisRuns(): Promise<readonly AnalysisRun[]>
  /** Waits for a settled Rollout that fulfils the condition. */
  untilRollout(what: string, fulfils: (rollout: Rollout) => boolean, timeoutMs?: number): Promise<Rollout>
  /** Waits until the canary's gate of this weight is being measured. */
  untilGate(weight: number): Promise<void>
  dispose(): Promise<void>
}

/** How a scenario's stage differs from the plain one. */
export interface StageOptions extends Omit<AppOptions, 'namespace' | 'tag' | 'prometheusAddress'> {
  readonly requestsPerSecond?: number
  readonly ownController?: boolean
  readonly ownPrometheus?: boolean
  /** Leaves the first deployment to the scenario. */
  readonly bare?: boolean
}

/** Deploys the stable version in a namespace of its own and waits until users reach it. */
export async function openStage(
  world: World,
  namespace: string,
  random: () => number,
  options: StageOptions = {},
): Promise<Stage> {
  const { requestsPerSecond = 200, ownController = false, ownPrometheus = false, bare = false, ...app } = options
  await world.createNamespace(namespace)
  const controller = ownController ? await world.addController(namespace) : world.controller
  const prometheus = ownPrometheus ? await world.addPrometheus(namespace) : world.prometheus
  const traffic = startTraffic(world.view, namespace, requestsPerSecond, random)
  const { client } = world.api

  const stage: Stage = {
    world,
    namespace,
    controller,
    prometheus,
    traffic,
    argo: (...args) => world.argo(namespace, ...args),
    async setImage(tag) {
      await stage.argo('set', 'image', APP, `model=registry.example.com/iris:${tag}`)
    },
    manifests: (changes) =>
      buildApp({
        ...app,
        namespace,
        tag: 'stable',
        prometheusAddress: prometheus.address,
        ...(ownController && { instanceId: namespace }),
        ...changes,
      }),
    apply: (changes) => world.apply(stage.manifests(changes)),
    rollout: () => client.get<Rollout>(`${PATHS.rollouts(namespace)}/${APP}`),
    async analysisRuns() {
      return (await client.get<{ items: AnalysisRun[] }>(PATHS.analysisRuns(namespace))).items
    },
    untilRollout(what, fulfils, timeoutMs = PATIENCE_MS) {
      return until(
        what,
        async () => {
          const rollout = await stage.rollout()
          return isSettled(rollout) && fulfils(rollout) ? rollout : undefined
        },
        { timeoutMs, describe: () => describe(stage) },
      )
    },
    async untilGate(weight) {
      await stage.untilRollout(`the gate at weight ${weight} at work`, isGateAt(weight))
      await until('a first look of the gate', async () => ((await latestMeasurement(stage)) ? true : undefined), {
        timeoutMs: PATIENCE_MS,
        describe: () => describe(stage),
      })
    },
    dispose: () => traffic.stop(),
  }
  if (bare) return stage
  await stage.apply({})
  await untilServing(stage)
  return stage
}

/** Waits for a healthy first version that answers requests. */
export async function untilServing(stage: Stage): Promise<void> {
  await stage.untilRollout('a healthy first version', isHealthy)
  const before = stage.traffic.sent().stable
  await until('users of the first version', () => (stage.traffic.sent().stable > before + 10 ? true : undefined), {
    timeoutMs: PATIENCE_MS,
  })
}

/** The status belongs to the specification that is there now. */
function isSettled({ metadata, status }: Rollout): boolean {
  return status?.observedGeneration === String(metadata.generation)
}

function isGateAt(weight: number): (rollout: Rollout) => boolean {
  return ({ status }) =>
    status?.canary?.weights?.canary.weight === weight &&
    (status.canary.currentStepAnalysisRunStatus !== undefined || (status.canary.stepPluginStatuses?.length ?? 0) > 0)
}

function isHealthy({ status }: Rollout): boolean {
  return status?.phase === 'Healthy' && status.currentPodHash === status.stableRS
}

/** Another version has become the stable one. */
export function promotedFrom(stableHash: string | undefined): (rollout: Rollout) => boolean {
  return (rollout) => isHealthy(rollout) && rollout.status?.stableRS !== stableHash
}

/** Aborted, and all users are back on stable. The weight follows the phase by one event. */
export function isAborted({ status }: Rollout): boolean {
  return status?.phase === 'Degraded' && status.abort === true && status.canary?.weights?.canary.weight === 0
}

async function latestMeasurement(stage: Stage): Promise<Measurement | undefined> {
  const current = (await stage.rollout()).status?.canary?.currentStepAnalysisRunStatus?.name
  const runs = await stage.analysisRuns()
  return runs.find(({ metadata }) => metadata.name === current)?.status?.metricResults?.[0]?.measurements?.at(-1)
}

/** What a person would look at first. */
export async function describe(stage: Stage): Promise<string> {
  const runs = (await stage.analysisRuns()).map(({ metadata, status }) => {
    const measurements = status?.metricResults?.flatMap(({ measurements = [] }) => measurements) ?? []
    const last = measurements.at(-1)
    return `${metadata.name}: ${status?.phase ?? ''} ${status?.message ?? ''} | ${last?.phase ?? 'no measurement'} ${last?.message ?? ''} ${last?.value ?? ''}`
  })
  const sent = stage.traffic.sent()
  return [
    await stage.argo('get', 'rollout', APP),
    ...runs,
    `requests: ${sent.canary} canary, ${sent.stable} stable, ${stage.traffic.unanswered()} unanswered`,
  ].join('\n')
}
