import { argumentOf, numberField, structField } from './argument-reader.ts'
import type { EncodableStruct } from './gob-schema.ts'
import { mapOf, Schema } from './gob-schema.ts'
import type { GobStruct, GobValue } from './gob-value.ts'
import { encodeMeasurement, encodeTextMap, MEASUREMENT, viewMeasurement } from './measurement.ts'
import type { Measurement, ReceivedMeasurement } from './measurement.ts'
import { viewAnalysisRun, viewMetric } from './metric-view.ts'
import type { AnalysisRun, Metric } from './metric-view.ts'
import type { RpcCall, RpcMethod } from './net-rpc.ts'
import { createPluginSetup } from './plugin-setup.ts'
import type { PluginSetup, PluginSource } from './plugin-setup.ts'
import { describeError } from './protocol-error.ts'
import { answerRpcError, lateRpcError, RPC_ERROR } from './rpc-error.ts'
import type { PluginService, ServiceHost } from './serve.ts'

/** A metric provider: what `provider.plugin` of a metric names. A throw becomes a measurement with phase Error. */
export interface MetricPlugin {
  /** Shown in logs of the controller. */
  readonly type: string
  /** Called before the first call, and again before later ones as long as it throws. */
  initPlugin?(): void | Promise<void>
  /** Starts a measurement. May be called again for the same one, so it must not matter if it is. */
  run(run: AnalysisRun, metric: Metric, call: RpcCall): Measurement | Promise<Measurement>
  /** Called at `resumeAt` for a measurement that is Running. */
  resume(
    run: AnalysisRun,
    metric: Metric,
    measurement: ReceivedMeasurement,
    call: RpcCall,
  ): Measurement | Promise<Measurement>
  /** Ends a measurement that is Running. Not called in every case: what was started must also end by itself. */
  terminate(
    run: AnalysisRun,
    metric: Metric,
    measurement: ReceivedMeasurement,
    call: RpcCall,
  ): Measurement | Promise<Measurement>
  /** Called on each reconcile once there are more than `limit` measurements. */
  garbageCollect?(run: AnalysisRun, metric: Metric, limit: number, call: RpcCall): void | Promise<void>
  /** Shown with the metric's result; called once, at the first measurement. Never a secret. */
  getMetadata?(
    metric: Metric,
    call: RpcCall,
  ): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
}

/** How long the controller waits before it resumes a measurement whose call had no answer in time. */
const RETRY_AFTER_MS = 10_000
/** After as many calls in a row without an answer the measurement is given up as Inconclusive. */
const MAX_MISSED_DEADLINES = 5
/** The key in the metadata of a measurement that counts them. */
const MISSED_DEADLINES = 'plugin-host/missed-deadlines'

type Answer = (plugin: MetricPlugin, argument: GobStruct, call: RpcCall) => Measurement | Promise<Measurement>

/** Serves a metric provider. */
export function metricPlugin(source: PluginSource<MetricPlugin>): PluginService {
  return {
    cookie: 'metricprovider',
    dispenseName: 'RpcMetricProviderPlugin',
    open: (host) => {
      const setup = createPluginSetup(source)
      setup.begin()
      const measuring = (method: string, typeName: string, late: LateReply, answer: Answer): [string, RpcMethod] => [
        `Plugin.${method}`,
        {
          reply: MEASUREMENT,
          call: (argument, call) => measure(setup, host, argumentOf(argument, typeName), call, answer),
          late: (argument) => late(argumentOf(argument, typeName), new Date(host.nowMs()), method),
        },
      ]
      return new Map<string, RpcMethod>([
        measuring('Run', 'RunArgs', retryLater, (plugin, args, call) =>
          plugin.run(viewAnalysisRun(structField(args, 'AnalysisRun')), viewMetric(structField(args, 'Metric')), call),
        ),
        measuring('Resume', 'TerminateAndResumeArgs', retryLater, (plugin, args, call) =>
          plugin.resume(...viewMeasuring(args), call),
        ),
        measuring('Terminate', 'TerminateAndResumeArgs', giveUp, (plugin, args, call) =>
          plugin.terminate(...viewMeasuring(args), call),
        ),
        ...otherMethods(setup),
      ])
    },
  }
}

function otherMethods(setup: PluginSetup<MetricPlugin>): readonly [string, RpcMethod][] {
  return [
    [
      'Plugin.InitPlugin',
      {
        reply: RPC_ERROR,
        call: () => answerRpcError(() => setup.ready()),
        late: lateRpcError('InitPlugin'),
      },
    ],
    [
      'Plugin.GarbageCollect',
      {
        reply: RPC_ERROR,
        call: (argument, call) => {
          const args = argumentOf(argument, 'GarbageCollectArgs')
          return answerRpcError(async () => {
            const run = viewAnalysisRun(structField(args, 'AnalysisRun'))
            const metric = viewMetric(structField(args, 'Metric'))
            await (await setup.ready()).garbageCollect?.(run, metric, numberField(args, 'Limit'), call)
          })
        },
        late: lateRpcError('GarbageCollect'),
      },
    ],
    [
      'Plugin.GetMetadata',
      {
        reply: mapOf(Schema.string, Schema.string),
        call: (argument, call) => describeMetric(setup, argument, call),
        late: () => new Map([['error', 'Cannot answer GetMetadata: the plugin did not end it before the deadline']]),
      },
    ],
    ['Plugin.Type', { reply: Schema.string, call: async () => (await setup.ready()).type, late: () => '' }],
  ]
}

async function measure(
  setup: PluginSetup<MetricPlugin>,
  host: ServiceHost,
  args: GobStruct,
  call: RpcCall,
  answer: Answer,
): Promise<EncodableStruct> {
  const startedAt = new Date(host.nowMs())
  try {
    const plugin = await setup.ready()
    return encodeMeasurement(await answer(plugin, args, call), viewGiven(args).startedAt ?? startedAt)
  } catch (error) {
    // Not as an error of the call, which would lose when the measurement began and what its metadata says.
    host.log.warn('measurement failed', { error })
    return encodeMeasurement({ ...viewGivenOrNothing(args), phase: 'Error', message: describeError(error) }, startedAt)
  }
}

/** A failure here is told under the key that the controller looks at. */
async function describeMetric(
  setup: PluginSetup<MetricPlugin>,
  argument: GobValue,
  call: RpcCall,
): Promise<ReadonlyMap<string, string>> {
  const args = argumentOf(argument, 'GetMetadataArgs')
  try {
    const plugin = await setup.ready()
    const metadata = await plugin.getMetadata?.(viewMetric(structField(args, 'Metric')), call)
    return encodeTextMap(metadata ?? {}, 'metadata')
  } catch (error) {
    return new Map([['error', describeError(error)]])
  }
}

type LateReply = (args: GobStruct, now: Date, method: string) => EncodableStruct

/**
 * A call without an answer is neither a bad measurement nor the end of it: the controller is asked to resume in a
 * while. A plugin that misses every deadline would hold the analysis for ever, so that is counted, and ends as
 * Inconclusive: nothing was measured, and a person may look.
 */
const retryLater: LateReply = (args, now, method) => {
  const given = viewGivenOrNothing(args)
  const missed = 1 + (Number(given.metadata?.[MISSED_DEADLINES] ?? 0) || 0)
  const message = `${method} had no answer in time, ${missed} of ${MAX_MISSED_DEADLINES} times`
  const metadata = { ...given.metadata, [MISSED_DEADLINES]: String(missed) }
  if (missed >= MAX_MISSED_DEADLINES)
    return encodeMeasurement({ ...given, phase: 'Inconclusive', message, metadata }, now)
  const resumeAt = new Date(now.getTime() + RETRY_AFTER_MS)
  return encodeMeasurement({ ...given, phase: 'Running', message, metadata, resumeAt }, now)
}

/** The run is over, and one Error among its measurements does not change its verdict. */
const giveUp: LateReply = (args, now, method) =>
  encodeMeasurement({ ...viewGivenOrNothing(args), phase: 'Error', message: `${method} had no answer in time` }, now)

function viewMeasuring(args: GobStruct): [AnalysisRun, Metric, ReceivedMeasurement] {
  return [
    viewAnalysisRun(structField(args, 'AnalysisRun')),
    viewMetric(structField(args, 'Metric')),
    viewMeasurement(structField(args, 'Measurement')),
  ]
}

/** The measurement that the call is about; Run has none yet. */
function viewGiven(args: GobStruct): Partial<Measurement> {
  return args.Measurement === undefined ? {} : viewMeasurement(structField(args, 'Measurement'))
}

/** For replies that have to go out even if what was given cannot be read. */
function viewGivenOrNothing(args: GobStruct): Partial<Measurement> {
  try {
    return viewGiven(args)
  } catch {
    return {}
  }
}
