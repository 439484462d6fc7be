import { Buffer } from 'node:buffer'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { controlMethods } from '../../../rollouts/plugin/control-service.ts'
import { Schema } from '../../../rollouts/plugin/gob-schema.ts'
import type { EncodableValue } from '../../../rollouts/plugin/gob-schema.ts'
import { metricPlugin } from '../../../rollouts/plugin/metric-plugin.ts'
import type { MetricPlugin } from '../../../rollouts/plugin/metric-plugin.ts'
import type { RpcCall, RpcMethod } from '../../../rollouts/plugin/net-rpc.ts'
import type { PluginService } from '../../../rollouts/plugin/serve.ts'
import { stepPlugin } from '../../../rollouts/plugin/step-plugin.ts'
import { trafficRouterPlugin } from '../../../rollouts/plugin/traffic-router-plugin.ts'
import { Flag, FrameType } from '../../../rollouts/plugin/yamux-frame.ts'
import { chunksOf, goldenSession } from './support/bytes.ts'
import { callWriter, dataFrame, frame, openStream } from './support/client.ts'
import { recordingHost, serveConnection, settle } from './support/host.ts'
import type { ServedConnection } from './support/host.ts'

const METRIC: MetricPlugin = {
  type: 'golden',
  run: (run) => ({ phase: 'Successful', value: run.metadata.name, startedAt: new Date(0) }),
  resume: (_run, metric) => ({ phase: 'Running', message: metric.interval, resumeAt: new Date(0) }),
  terminate: (_run, _metric, measurement) => measurement,
  garbageCollect: (_run, _metric, limit) => {
    throw new Error(`limit ${limit}`)
  },
}

const SESSIONS: readonly { name: string; service: PluginService; expected: string }[] = [
  {
    name: 'metric',
    service: metricPlugin(METRIC),
    expected:
      'Plugin.InitPlugin {} | Plugin.Type "golden" | ' +
      'Plugin.Run {"Phase":"Successful","StartedAt":{},"Value":"iris-2"} | ' +
      'Plugin.Run {"Phase":"Successful","StartedAt":{},"Value":"iris-2"} | ' +
      'Plugin.Resume {"Phase":"Running","Message":"30s","StartedAt":{},"ResumeAt":{}} | ' +
      'Plugin.Terminate {"Phase":"Successful","StartedAt":{},"Value":"iris-2","Metadata":{}} | ' +
      'Plugin.GarbageCollect {"ErrorString":"limit 10"} | Plugin.GetMetadata {}',
  },
  {
    name: 'step',
    service: stepPlugin({
      type: 'golden',
      run: (rollout) => ({ phase: 'Running', message: rollout.metadata.name, requeueAfterMs: 1 }),
      terminate: () => ({ phase: 'Successful' }),
      abort: () => ({ phase: 'Failed' }),
    }),
    expected:
      'Plugin.InitPlugin {} | Plugin.Type "golden" | ' +
      'Plugin.Run {"Result":{"Phase":"Running","Message":"iris","RequeueAfter":1000000},"Error":{}} | ' +
      'Plugin.Terminate {"Result":{"Phase":"Successful"},"Error":{}} | Plugin.Abort {"Result":{"Phase":"Failed"},"Error":{}}',
  },
  {
    name: 'traffic-router',
    service: trafficRouterPlugin({
      type: 'golden',
      updateHash: (_rollout, request) => {
        throw new Error(`${request.canaryHash} ${request.additionalDestinations[0]?.serviceName}`)
      },
      setWeight: () => undefined,
      verifyWeight: (_rollout, request) => request.desiredWeight === 30,
      setHeaderRoute: (_rollout, route) => {
        throw new Error(route.match[0]?.headerName)
      },
      setMirrorRoute: () => undefined,
      removeManagedRoutes: () => undefined,
    }),
    expected:
      'Plugin.InitPlugin {} | Plugin.Type "golden" | Plugin.UpdateHash {"ErrorString":"6d8f extra"} | ' +
      'Plugin.SetWeight {} | Plugin.VerifyWeight {"Verified":1,"Err":{}} | ' +
      'Plugin.SetHeaderRoute {"ErrorString":"x-beta"} | Plugin.SetMirrorRoute {} | Plugin.RemoveManagedRoutes {}',
  },
]

function serveGolden(service: PluginService): ServedConnection {
  return serveConnection(service.dispenseName, service.open(recordingHost()))
}

function shown(served: ServedConnection): string {
  const responses = [...served.log.responsesOf(7, 4)].sort((a, b) => a.seq - b.seq)
  return responses.map(({ method, error, body }) => `${method} ${error}${JSON.stringify(body)}`).join(' | ')
}

const golden = suite('PluginConnection with sessions of the real client')

for (const { name, service, expected } of SESSIONS) {
  golden(`answers every call of a ${name} session`, async () => {
    const served = serveGolden(service)
    served.connection.receive(goldenSession(name))
    await settle()
    assert.is(shown(served), expected)
    assert.equal(
      served.log.responsesOf(1).map(({ method, body }) => [method, JSON.stringify(body)]),
      [
        ['Dispenser.Dispense', '1'],
        ['Control.Ping', '{}'],
        ['Control.Quit', '{}'],
      ],
    )
    assert.is(served.quits.count, 1)
    assert.equal(served.failures, [])
  })

  for (const size of [1, 7, 12, 4096]) {
    golden(`answers the same to a ${name} session in chunks of ${size}`, async () => {
      const served = serveGolden(service)
      for (const chunk of chunksOf(goldenSession(name), size)) served.connection.receive(chunk)
      await settle()
      assert.is(shown(served), expected)
      assert.equal(served.failures, [])
    })
  }
}

golden('fails on no truncation: the rest may still come', async () => {
  const session = goldenSession('metric')
  for (let size = 0; size < session.length; size += 97) {
    const served = serveGolden(SESSIONS[0]!.service)
    served.connection.receive(session.subarray(0, size))
    assert.equal(served.failures, [], `first ${size} bytes`)
    served.connection.close('test')
  }
  await settle()
})

golden.run()

/** A connection on which `Plugin.Do` is being called on stream 7. */
function startCalls(call: RpcMethod['call'], options: Parameters<typeof serveConnection>[2] = {}) {
  const method: RpcMethod = { reply: Schema.string, call, late: (argument) => `late ${JSON.stringify(argument)}` }
  const served = serveConnection('Test', new Map([['Plugin.Do', method]]), options)
  const control = callWriter()
  const plugin = callWriter()
  const { connection } = served
  connection.receive(Buffer.concat([1, 3, 5].map(openStream)))
  connection.receive(dataFrame(1, control('Dispenser.Dispense', 0, Schema.string, 'Test')))
  connection.receive(openStream(7))
  connection.receive(dataFrame(7, Buffer.from([1, 0, 0, 0])))
  let calls = 0
  return {
    ...served,
    call: (argument: string) => {
      connection.receive(dataFrame(7, plugin('Plugin.Do', calls, Schema.string, argument)))
      calls += 1
    },
    callOther: (name: string) => {
      connection.receive(dataFrame(7, plugin(name, calls, Schema.string, 'x')))
      calls += 1
    },
    ping: (seq: number) => {
      connection.receive(dataFrame(1, control('Control.Ping', seq, Schema.bool, true)))
    },
    answers: () => served.log.responsesOf(7, 4).map(({ seq, error, body }) => `${seq} ${error}${JSON.stringify(body)}`),
  }
}

function deferred() {
  const waiting: {
    argument: string
    call: RpcCall
    resolve: (value: string) => void
    reject: (error: unknown) => void
  }[] = []
  const call: RpcMethod['call'] = (argument, rpcCall) =>
    new Promise<EncodableValue>((resolve, reject) => {
      waiting.push({ argument: argument as string, call: rpcCall, resolve, reject })
    })
  return { waiting, call }
}

const calls = suite('PluginConnection calls')

calls('echoes the id of the broker before the first answer', () => {
  const { log, call } = startCalls(() => 'done')
  assert.is(log.payloadOf(7).toString('hex'), '01000000')
  call('a')
  assert.is(log.responsesOf(7, 4).length, 1)
})

calls('answers in the order in which calls end', async () => {
  const { waiting, call } = deferred()
  const client = startCalls(call)
  for (const argument of ['a', 'b', 'c']) client.call(argument)
  for (const index of [2, 0, 1]) {
    waiting[index]!.resolve(waiting[index]!.argument.toUpperCase())
    await settle()
  }
  assert.equal(client.answers(), ['2 "C"', '0 "A"', '1 "B"'])
})

calls('answers a throw and a rejection as errors of the call, and goes on', async () => {
  const client = startCalls((argument) => {
    if (argument === 'throw') throw new Error('no')
    return argument === 'reject' ? Promise.reject(new Error('never')) : 'yes'
  })
  for (const argument of ['throw', 'reject', 'fine']) client.call(argument)
  await settle()
  assert.equal(client.answers().sort(), ['0 no{}', '1 never{}', '2 "yes"'])
})

calls('answers a reply that is not of its schema as an error, and goes on', () => {
  let reply: unknown = 5
  const client = startCalls(() => reply as string)
  client.call('a')
  reply = 'fine'
  client.call('b')
  assert.equal(client.answers(), ['0 Cannot encode gob value: expected string, received number{}', '1 "fine"'])
})

calls('answers a reply above the limit as an error', () => {
  const client = startCalls((argument) => 'x'.repeat(Number(argument)), { maxReplyBytes: 10 })
  client.call('10')
  client.call('11')
  assert.equal(client.answers(), ['0 "xxxxxxxxxx"', '1 Cannot answer Plugin.Do: reply of 11 bytes is above 10{}'])
})

calls('answers a method that does not exist as an error', () => {
  const client = startCalls(() => 'x')
  client.callOther('Plugin.Undo')
  assert.equal(client.answers(), ["0 rpc: can't find method Plugin.Undo{}"])
})

calls('answers at the deadline, tells the handler, and drops its own answer', async () => {
  const { waiting, call } = deferred()
  const client = startCalls(call, { callDeadlineMs: 77 })
  client.call('slow')
  const { signal } = waiting[0]!.call
  assert.is(client.timers[0]!.delayMs, 77)
  client.timers[0]!.run()
  assert.equal(client.answers(), ['0 "late \\"slow\\""'])
  assert.match((signal.reason as Error).message, /^Cannot go on with Plugin\.Do: no answer within 77 ms$/)
  waiting[0]!.resolve('too late')
  await settle()
  assert.is(client.answers().length, 1)
})

calls('takes the deadline back when an answer comes', async () => {
  const client = startCalls(() => Promise.resolve('quick'))
  client.call('a')
  await settle()
  assert.equal(
    client.timers.map(({ cancelled }) => cancelled),
    [true],
  )
})

calls('aborts what runs when the stream is reset, and answers nothing', async () => {
  const { waiting, call } = deferred()
  const client = startCalls(call)
  client.call('a')
  const { signal } = waiting[0]!.call
  client.connection.receive(frame(FrameType.windowUpdate, Flag.rst, 7, 0))
  assert.ok(signal.aborted)
  waiting[0]!.resolve('nobody reads this')
  await settle()
  assert.equal(client.answers(), [])
  assert.is(client.connection.runningCalls, 0)
})

calls('gives an aborted signal to a handler that asks late', () => {
  const { waiting, call } = deferred()
  const client = startCalls(call)
  client.call('a')
  client.connection.close('the process ends')
  assert.ok(waiting[0]!.call.signal.aborted)
})

calls('answers what runs after a half close, then half closes too', async () => {
  const { waiting, call } = deferred()
  const client = startCalls(call)
  client.call('a')
  client.connection.receive(frame(FrameType.windowUpdate, Flag.fin, 7, 0))
  assert.is(client.log.headers.filter(({ flags }) => flags === Flag.fin).length, 0)
  waiting[0]!.resolve('done')
  await settle()
  assert.equal(client.answers(), ['0 "done"'])
  assert.equal(client.log.headers.at(-1), { type: FrameType.windowUpdate, flags: Flag.fin, streamId: 7, length: 0 })
})

calls('fails when a stream ends in the middle of a call', () => {
  const client = startCalls(() => 'x')
  client.connection.receive(dataFrame(7, Buffer.from([5, 1]), Flag.fin))
  assert.match(String(client.failures[0]), /the stream ended in the middle of it$/)
})

for (const [name, stray] of [
  ['an id that was never handed out', [9, 0, 0, 0]],
  ['an id that is in use', [1, 0, 0, 0]],
] as const) {
  calls(`fails on a stream with ${name}`, () => {
    const client = startCalls(() => 'x')
    client.connection.receive(Buffer.concat([openStream(9), dataFrame(9, Buffer.from(stray))]))
    assert.match(String(client.failures[0]), new RegExp(`id ${stray[0]} was never handed out, or is in use$`))
  })
}

calls.run()

const backPressure = suite('PluginConnection back-pressure')

backPressure('does not read on while calls use up the allowance, and reads on when one ends', async () => {
  const { waiting, call } = deferred()
  // Three calls of 64 KiB, the least that one counts.
  const client = startCalls(call, { maxBytesInFlight: 3 * 64 * 1024 })
  for (const argument of ['a', 'b', 'c', 'd', 'e']) client.call(argument)
  const started = (): string => waiting.map(({ argument }) => argument).join('')
  assert.is(started(), 'abc')
  for (let index = 0; index < 5; index += 1) {
    waiting[index]!.resolve('done')
    await settle()
  }
  assert.is(started(), 'abcde')
  assert.is(client.answers().length, 5)
  assert.equal(client.failures, [])
})

backPressure('answers pings while calls use up the allowance', () => {
  const client = startCalls(deferred().call, { maxBytesInFlight: 64 * 1024 })
  for (let index = 0; index < 20; index += 1) client.call('x')
  for (let seq = 1; seq <= 3; seq += 1) client.ping(seq)
  assert.is(client.log.responsesOf(1).length, 4)
})

backPressure('lets a stalled message of one stream hold up no more than its share', () => {
  const client = startCalls(() => 'x', { maxBytesInFlight: 2 * 64 * 1024 })
  client.connection.receive(dataFrame(7, Buffer.from([0xfd, 0x01, 0x00, 0x00])))
  client.ping(1)
  assert.is(client.log.responsesOf(1).length, 2)
  assert.equal(client.failures, [])
})

backPressure.run()

const control = suite('controlMethods()')

control('answers Quit before anybody hears of it', async () => {
  const order: string[] = []
  const methods = controlMethods({ dispense: () => 1, quit: () => order.push('quit') })
  void methods.get('Control.Quit')!.call(true, { signal: new AbortController().signal })
  order.push('answer')
  await settle()
  assert.equal(order, ['answer', 'quit'])
})

control('tells the name of a plugin that it does not have', () => {
  const methods = controlMethods({ dispense: () => undefined, quit: () => undefined })
  assert.throws(
    () => methods.get('Dispenser.Dispense')!.call('Other', { signal: new AbortController().signal }),
    /^unknown plugin type: Other$/,
  )
})

control.run()
