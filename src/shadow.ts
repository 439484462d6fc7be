import { InputError } from '#faults'
import {
  listModelFiles,
  openComparator,
  openCourier,
  openNoiseProbe,
  openShadowSender,
  processorWaitMs,
  SENDER_LIMITS,
  shadowCandidates,
  shadowExamples,
  shadowIntake,
  shadowSampler,
  type AnsweredRequest,
  type Comparator,
  type Exposition,
  type InferenceAppOptions,
  type ModelCatalogue,
  type ModelSource,
  type Recorder,
} from '#runtime'
import { createShadowMetrics, type ShadowMetrics } from './shadow-metrics.ts'
import { openMirror, UNCOUNTED } from './shadow-mirror.ts'
import type { ShadowOptions } from './shadow-options.ts'
import { readShadowToken } from './shadow-token.ts'
import { settleTolerances } from './shadow-tolerances.ts'

/** A message that takes longer finds no canary that keeps up. */
const MESSAGE_TIMEOUT_MS = 5_000
const CONNECTION_LIFE_MS = 30_000

/** A candidate that takes longer for one batch has hung. */
const BATCH_TIMEOUT_MS = 30_000
const MAX_QUEUED_EXAMPLES = 4_096

/** The noise probe draws its own lots. */
const NOISE_SALT = ' noise'

/** The options, with what stands in the files that they name. */
interface ReadOptions extends ShadowOptions {
  readonly token: string | undefined
}

/** What shadowing adds to a model server. */
export interface Shadow {
  readonly onAnswered: ((answered: AnsweredRequest) => void) | undefined
  readonly routes: NonNullable<InferenceAppOptions['routes']>
  readonly exposition: Exposition
  /** Takes the place of what counts requests, where all requests are mirrored ones. */
  readonly recorder: Recorder | undefined
  /** Stops sending and comparing. To be called once the server has drained. */
  close(): Promise<void>
}

export interface ShadowWorld {
  readonly catalogue: ModelCatalogue
  readonly classNames: readonly string[]
  readonly sources: readonly ModelSource[]
  /** Execution providers by ONNX Runtime's names. */
  readonly providers: readonly string[]
  /** Takes a line for people. */
  readonly warn: (text: string) => void
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * Puts together the sides of shadowing that the options ask for.
 *
 * @throws {InputError} where stable's model cannot be loaded, or the tolerances or the token cannot be used
 */
export async function openShadow(given: ShadowOptions, world: ShadowWorld): Promise<Shadow> {
  const token = given.tokenPath === undefined ? undefined : await readShadowToken(given.tokenPath)
  const options = { ...given, token, tolerances: await settleTolerances(given, world) }
  const { to, accept, stable, noiseShare } = options
  const compares = accept || stable !== undefined
  const metrics = createShadowMetrics({ sends: to !== undefined, compares, probes: noiseShare > 0 })
  const sender = to === undefined ? undefined : openSender(to, options, world, metrics)
  const probe = noiseShare === 0 ? undefined : openProbe(options, world, metrics)
  const onMismatch = mismatchTeller(world)
  const comparator = compares ? comparatorOf(options, world, metrics, onMismatch) : undefined
  const mirror =
    comparator === undefined || stable === undefined
      ? undefined
      : await openMirror(stable, options, world, {
          compare: (batch) => comparator.offer(batch),
          recorder: metrics.comparator,
          onMismatch,
          onFault: (error) => {
            world.warn(`a mirrored request cannot be compared: ${describe(error)}`)
          },
        })
  const listens = sender !== undefined || probe !== undefined || mirror !== undefined
  return {
    onAnswered: listens
      ? (answered) => {
          sender?.offer(answered)
          probe?.offer(answered)
          mirror?.offer(answered)
        }
      : undefined,
    routes: comparator === undefined ? [] : routesOf(comparator, options, world),
    exposition: metrics.exposition,
    recorder: mirror === undefined ? undefined : UNCOUNTED,
    async close() {
      sender?.close()
      await Promise.all([mirror?.close(), comparator?.close()])
    },
  }
}

function routesOf(comparator: Comparator, options: ReadOptions, world: ShadowWorld): Shadow['routes'] {
  const showExamples = options.maxExamples > 0
  if (!options.accept) return showExamples ? [shadowExamples(comparator, options.token)] : []
  const intake = shadowIntake({
    comparator,
    isSame: ({ model, identity }) => identity === (options.identity ?? candidateOf(world, model)?.digest),
    maxMessageBytes: SENDER_LIMITS.maxMessageBytes + 1024 * 1024,
    showExamples,
    token: options.token,
  })
  return [intake]
}

/** Says what keeps models from being compared, the same once. */
function mismatchTeller({ warn }: ShadowWorld): (text: string) => void {
  const told = new Set<string>()
  return (text) => {
    if (!told.has(text)) warn(`shadow requests cannot be answered, all count as disagreements: ${text}`)
    told.add(text)
  }
}

/** The model that stable's of a name is compared with. */
function candidateOf({ catalogue }: ShadowWorld, name: string) {
  return catalogue.find(name) ?? catalogue.find()
}

function openSender(to: URL, options: ReadOptions, { now, warn }: ShadowWorld, metrics: ShadowMetrics) {
  const courier = openCourier({
    to,
    token: options.token,
    timeoutMs: MESSAGE_TIMEOUT_MS,
    maxConnections: SENDER_LIMITS.maxInFlight,
    connectionLifeMs: CONNECTION_LIFE_MS,
    now,
  })
  const { share, salt, idHeader, slice, identity } = options
  const sender = openShadowSender({
    isSampled: shadowSampler({ share, salt, idHeader }),
    sliceHeader: slice?.kind === 'header' ? slice.name : undefined,
    identity,
    deliver: (message) => courier.deliver(message),
    recorder: metrics.sender,
    onFault: (error) => {
      warn(`a request cannot be shadowed: ${describe(error)} (said once)`)
    },
    limits: SENDER_LIMITS,
    now,
  })
  return {
    offer: (answered: AnsweredRequest) => {
      sender.offer(answered)
    },
    close: () => {
      sender.close()
      courier.close()
    },
  }
}

function openProbe(options: ShadowOptions, { warn }: ShadowWorld, { noise }: ShadowMetrics) {
  const { noiseShare: share, salt, idHeader, tolerances } = options
  return openNoiseProbe({
    isSampled: shadowSampler({ share, salt: `${salt}${NOISE_SALT}`, idHeader }),
    tolerances,
    recorder: noise,
    onFault: (error) => {
      warn(`the noise of the model cannot be measured: ${describe(error)}`)
    },
  })
}

function comparatorOf(
  options: ShadowOptions,
  world: ShadowWorld,
  metrics: ShadowMetrics,
  onMismatch: (text: string) => void,
): Comparator {
  const { tolerances, slice, redact, maxExamples } = options
  const { classNames, warn, now, catalogue, sources, providers } = world
  const candidates = shadowCandidates({
    catalogue,
    pathOf: async ({ name, version }) => {
      const files = await listModelFiles(sources)
      return files.find((file) => file.name === name && file.version === version)?.path
    },
    providers,
    onFault: (error) => {
      warn(`the model cannot be loaded to compare it: ${describe(error)}`)
    },
  })
  const comparator = openComparator({
    candidateFor: ({ model }) => candidates.find(model),
    rules: { tolerances, slice, redact },
    recorder: metrics.comparator,
    classNames,
    maxExamples,
    maxQueued: MAX_QUEUED_EXAMPLES,
    timeoutMs: BATCH_TIMEOUT_MS,
    starvedMs: processorWaitMs,
    onMismatch,
    onFault: (error) => {
      warn(`a shadow comparison failed: ${describe(error)}`)
    },
    clock: { now },
  })
  return {
    ...comparator,
    close: async () => {
      await Promise.all([comparator.close(), candidates.close()])
    },
  }
}

/** Two pages as one; both are in the text format of Prometheus. */
export function joinExpositions(first: Exposition, second: Exposition): Exposition {
  return {
    contentType: first.contentType,
    text: async () =>
      (await Promise.all([first.text(), second.text()])).filter((page) => page.trim() !== '').join('\n'),
  }
}

function describe(error: unknown): string {
  if (error instanceof InputError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
