import { Buffer } from 'node:buffer'
import { metricPlugin } from '../../rollouts/plugin/metric-plugin.ts'
import type { MetricPlugin } from '../../rollouts/plugin/metric-plugin.ts'
import type { RpcMethods } from '../../rollouts/plugin/net-rpc.ts'
import { ProtocolError } from '../../rollouts/plugin/protocol-error.ts'
import type { PluginService } from '../../rollouts/plugin/serve.ts'
import { stepPlugin } from '../../rollouts/plugin/step-plugin.ts'
import type { StepPlugin } from '../../rollouts/plugin/step-plugin.ts'
import { trafficRouterPlugin } from '../../rollouts/plugin/traffic-router-plugin.ts'
import type { TrafficRouterPlugin } from '../../rollouts/plugin/traffic-router-plugin.ts'
import { FrameReader } from '../../rollouts/plugin/yamux-frame.ts'
import type { Random } from '../support/random.ts'
import { goldenKinds, goldenSession } from '../rollouts/plugin/support/bytes.ts'
import { frameLog } from '../rollouts/plugin/support/client.ts'
import { gobStream } from '../rollouts/plugin/support/gob-stream.ts'
import { recordingHost, serveConnection } from '../rollouts/plugin/support/host.ts'
import { cut } from './plugin-mutations.ts'

/** What decodes an input: it may refuse it with its own error, and do nothing else. */
export interface Target {
  readonly name: string
  readonly corpus: readonly Buffer[]
  /** How many of the inputs it gets, in proportion: what decodes a whole session takes twenty times as long. */
  readonly share: number
  /** True if the input was refused. Throws whatever a decoder should never throw. */
  readonly take: (input: Buffer, random: Random) => boolean
}

const METRIC: MetricPlugin = {
  type: 'fuzz',
  run: (run, metric) => ({
    phase: 'Successful',
    value: JSON.stringify([run.metadata, run.spec, run.status, metric.name]),
  }),
  resume: (_run, _metric, measurement) => measurement,
  terminate: (_run, _metric, measurement) => measurement,
  garbageCollect: (run) => void JSON.stringify(run.status),
}

const describeStep: StepPlugin['run'] = (rollout, context) => ({
  phase: 'Successful',
  status: [rollout.metadata, rollout.spec, rollout.status, context],
})

const STEP: StepPlugin = { type: 'fuzz', run: describeStep, terminate: describeStep, abort: describeStep }

const ROUTER: TrafficRouterPlugin = {
  type: 'fuzz',
  updateHash: (rollout) => void JSON.stringify(rollout.spec),
  setWeight: (rollout) => void JSON.stringify(rollout.status),
  verifyWeight: () => undefined,
  setHeaderRoute: (_rollout, route) => void JSON.stringify(route),
  setMirrorRoute: (_rollout, route) => void JSON.stringify(route),
  removeManagedRoutes: () => undefined,
}

const SESSIONS: readonly (readonly [string, PluginService])[] = [
  ['metric', metricPlugin(METRIC)],
  ['step', stepPlugin(STEP)],
  ['traffic-router', trafficRouterPlugin(ROUTER)],
]

/** One target for each decoder, and one for each kind of plugin as a whole. */
export function fuzzTargets(): readonly Target[] {
  const sessions = SESSIONS.map(([name]) => goldenSession(name))
  const streams = sessions.map(pluginStreamOf)
  const kinds = goldenKinds().map(({ hex }) => Buffer.from(hex, 'hex'))
  return [
    { name: 'yamux frames', corpus: sessions, share: 7, take: takeFrames },
    { name: 'gob values', corpus: [...kinds, ...kinds, ...streams], share: 7, take: takeGob },
    ...SESSIONS.map(([name, service], index) => ({
      name: `${name} connection`,
      corpus: [sessions[index]!],
      share: 1,
      take: takeSession.bind(undefined, service.dispenseName, service.open(recordingHost())),
    })),
    ...SESSIONS.map(([name, service], index) => ({
      name: `${name} calls`,
      corpus: [streams[index]!],
      share: 1,
      take: takeCalls.bind(undefined, service.dispenseName, service.open(recordingHost()), sessions[index]!),
    })),
  ]
}

/** What the client wrote to the stream of the plugin, behind the id for the broker. */
function pluginStreamOf(session: Buffer): Buffer {
  const log = frameLog()
  log.receive(session)
  return log.payloadOf(7).subarray(4)
}

function refused(work: () => void): boolean {
  try {
    work()
    return false
  } catch (error) {
    if (error instanceof ProtocolError) return true
    throw error
  }
}

function takeFrames(input: Buffer, random: Random): boolean {
  let payloadBytes = 0
  const reader = new FrameReader({ header: () => undefined, payload: (_id, piece) => (payloadBytes += piece.length) })
  const wasRefused = refused(() => {
    for (const chunk of cut(input, random)) reader.push(chunk)
  })
  if (payloadBytes > input.length) throw new Error(`payloads of ${payloadBytes} bytes out of ${input.length}`)
  return wasRefused
}

function takeGob(input: Buffer, random: Random): boolean {
  const whole = gobStream()
  const wasRefused = refused(() => {
    whole.push(input)
  })
  const cutUp = gobStream()
  const wasRefusedCutUp = refused(() => {
    for (const chunk of cut(input, random)) cutUp.push(chunk)
  })
  if (wasRefused !== wasRefusedCutUp || whole.values.length !== cutUp.values.length) {
    throw new Error(
      `${whole.values.length} values, refused ${wasRefused}; in chunks ${cutUp.values.length}, ${wasRefusedCutUp}`,
    )
  }
  return wasRefused
}

function takeSession(name: string, methods: RpcMethods, input: Buffer, random: Random): boolean {
  const served = serveConnection(name, methods)
  for (const chunk of cut(input, random)) served.connection.receive(chunk)
  served.connection.close('the input ends')
  return checkFailures(served.failures)
}

/** Keeps the frames right, so that the bytes reach the decoder of the plugin's stream. */
function takeCalls(name: string, methods: RpcMethods, session: Buffer, input: Buffer, random: Random): boolean {
  const served = serveConnection(name, methods)
  const opening = session.indexOf(Buffer.from([0, 1, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0]))
  served.connection.receive(session.subarray(0, opening))
  served.connection.receive(Buffer.from('000100010000000700000000' + '000000000000000700000004' + '01000000', 'hex'))
  for (const chunk of cut(input, random)) {
    const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0])
    header.writeUInt32BE(chunk.length, 8)
    served.connection.receive(Buffer.concat([header, chunk]))
    if (served.failures.length > 0) break
  }
  served.connection.close('the input ends')
  return checkFailures(served.failures)
}

function checkFailures(failures: readonly unknown[]): boolean {
  for (const failure of failures) if (!(failure instanceof ProtocolError)) throw failure
  return failures.length > 0
}
