import { rejects } from 'node:assert/strict'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { EncodableStruct } from '../../../rollouts/plugin/gob-schema.ts'
import { goTimeOfDate } from '../../../rollouts/plugin/go-time.ts'
import type { Measurement } from '../../../rollouts/plugin/measurement.ts'
import { metricPlugin } from '../../../rollouts/plugin/metric-plugin.ts'
import type { MetricPlugin } from '../../../rollouts/plugin/metric-plugin.ts'
import { openService, runArgs } from './support/arguments.ts'
import { NOW_MS } from './support/host.ts'

function pluginWith(parts: Partial<MetricPlugin> = {}): MetricPlugin {
  const pass = (): Measurement => ({ phase: 'Successful' })
  return { type: 'test', run: pass, resume: pass, terminate: pass, ...parts }
}

const GIVEN = {
  Measurement: { Phase: 'Running', Metadata: new Map([['look', '3']]), Message: 'waiting' },
}

const metric = suite('metricPlugin()')

metric('serves the metric provider', () => {
  const service = metricPlugin(pluginWith())
  assert.equal([service.cookie, service.dispenseName], ['metricprovider', 'RpcMetricProviderPlugin'])
})

metric('fills in when the measurement began', async () => {
  const reply = (await openService(metricPlugin(pluginWith())).call('Run', 'RunArgs', runArgs())) as EncodableStruct
  assert.equal(reply.StartedAt, goTimeOfDate(new Date(NOW_MS)))
  assert.is(reply.Phase, 'Successful')
})

metric('answers a throw with phase Error, the message, and what was given', async () => {
  const fail = (): never => {
    throw new Error('no route to Prometheus')
  }
  const service = openService(metricPlugin(pluginWith({ resume: fail })))
  const reply = (await service.call('Resume', 'TerminateAndResumeArgs', { ...runArgs(), ...GIVEN })) as EncodableStruct
  assert.is(reply.Phase, 'Error')
  assert.is(reply.Message, 'no route to Prometheus')
  assert.equal(reply.Metadata, new Map([['look', '3']]))
  assert.match(service.host.lines.join(''), 'no route to Prometheus')
})

for (const reply of [undefined, null, 'pass', {}, { phase: '' }, { phase: 'Passed' }, { phase: 'Failed', value: 5 }]) {
  metric(`answers phase Error when the plugin returns ${JSON.stringify(reply)}`, async () => {
    const service = openService(metricPlugin(pluginWith({ run: () => reply as Measurement })))
    const answer = (await service.call('Run', 'RunArgs', runArgs())) as EncodableStruct
    assert.is(answer.Phase, 'Error')
    assert.match(answer.Message as string, /^Cannot answer with measurement: /)
  })
}

metric('answers phase Error when what it was given cannot be read', async () => {
  const service = openService(metricPlugin(pluginWith()))
  const answer = (await service.call('Run', 'RunArgs', { Metric: { Name: 5 } })) as EncodableStruct
  assert.equal([answer.Phase, answer.Message], ['Error', "Cannot read 'Name': expected string, received number"])
  const resumed = (await service.call('Resume', 'TerminateAndResumeArgs', {
    Measurement: { Phase: 5 },
  })) as EncodableStruct
  assert.is(resumed.Phase, 'Error')
})

metric('refuses an argument of another type', async () => {
  const service = openService(metricPlugin(pluginWith()))
  await rejects(service.call('Run', 'step.RunArgs'), {
    message: "Cannot read argument: expected 'RunArgs', received 'step.RunArgs'",
  })
  await rejects(service.call('Run', undefined), { message: "Cannot read argument: expected 'RunArgs', received nil" })
})

metric('loads a plugin once, from a function', async () => {
  let loads = 0
  const service = openService(
    metricPlugin(() => {
      loads += 1
      return Promise.resolve(pluginWith())
    }),
  )
  for (let round = 0; round < 3; round += 1) await service.call('Run', 'RunArgs', runArgs())
  assert.is(loads, 1)
})

metric('keeps a failed set-up for each call, and tries it again', async () => {
  let attempts = 0
  const initPlugin = (): void => {
    attempts += 1
    if (attempts < 3) throw new Error(`attempt ${attempts}`)
  }
  const service = openService(metricPlugin(pluginWith({ initPlugin })))
  assert.equal(await service.call('InitPlugin', undefined), { ErrorString: 'attempt 1' })
  assert.is(((await service.call('Run', 'RunArgs', runArgs())) as EncodableStruct).Message, 'attempt 2')
  assert.is(((await service.call('Run', 'RunArgs', runArgs())) as EncodableStruct).Phase, 'Successful')
  assert.equal(await service.call('InitPlugin', undefined), {})
  assert.is(attempts, 3)
})

metric('loads again after a load that failed', async () => {
  let loads = 0
  const load = (): Promise<MetricPlugin> => {
    loads += 1
    return loads < 3 ? Promise.reject(new Error('no module')) : Promise.resolve(pluginWith())
  }
  const service = openService(metricPlugin(load))
  assert.equal(await service.call('InitPlugin', undefined), { ErrorString: 'no module' })
  await service.call('InitPlugin', undefined)
  assert.is(await service.call('Type', undefined), 'test')
})

metric('tells a failure of getMetadata under the key that the controller reads', async () => {
  const getMetadata = (): never => {
    throw new Error('no query')
  }
  const service = openService(metricPlugin(pluginWith({ getMetadata })))
  assert.equal(await service.call('GetMetadata', 'GetMetadataArgs', runArgs()), new Map([['error', 'no query']]))
})

metric('answers garbageCollect without doing anything when the plugin has none', async () => {
  assert.equal(
    await openService(metricPlugin(pluginWith())).call('GarbageCollect', 'GarbageCollectArgs', runArgs()),
    {},
  )
})

metric.run()

const late = suite('metricPlugin() at the deadline')

late('asks for a Resume in a while, with the metadata that was given', () => {
  const service = openService(metricPlugin(pluginWith()))
  const reply = service.late('Resume', 'TerminateAndResumeArgs', { ...runArgs(), ...GIVEN }) as EncodableStruct
  assert.equal([reply.Phase, reply.Message], ['Running', 'Resume had no answer in time, 1 of 5 times'])
  assert.equal(reply.ResumeAt, goTimeOfDate(new Date(NOW_MS + 10_000)))
  assert.equal(
    reply.Metadata,
    new Map([
      ['look', '3'],
      ['plugin-host/missed-deadlines', '1'],
    ]),
  )
})

late('gives up as Inconclusive at the fifth in a row', () => {
  const service = openService(metricPlugin(pluginWith()))
  const missed = (count: string) => ({
    Measurement: { Phase: 'Running', Metadata: new Map([['plugin-host/missed-deadlines', count]]) },
  })
  const phase = (count: string) =>
    (service.late('Resume', 'TerminateAndResumeArgs', missed(count)) as EncodableStruct).Phase
  assert.equal(['3', '4', 'x'].map(phase), ['Running', 'Inconclusive', 'Running'])
})

late('has an answer for every method', () => {
  const service = openService(metricPlugin(pluginWith()))
  assert.is((service.late('Run', 'RunArgs', runArgs()) as EncodableStruct).Phase, 'Running')
  assert.is((service.late('Terminate', 'TerminateAndResumeArgs', GIVEN) as EncodableStruct).Phase, 'Error')
  assert.match(
    (service.late('GarbageCollect', 'GarbageCollectArgs') as EncodableStruct).ErrorString as string,
    /deadline/,
  )
  assert.match((service.late('InitPlugin', 'x') as EncodableStruct).ErrorString as string, /deadline/)
  assert.ok((service.late('GetMetadata', 'GetMetadataArgs') as Map<string, string>).has('error'))
  assert.is(service.late('Type', 'x'), '')
})

late.run()
