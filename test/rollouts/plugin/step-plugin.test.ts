import { Buffer } from 'node:buffer'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { EncodableStruct } from '../../../rollouts/plugin/gob-schema.ts'
import { stepPlugin } from '../../../rollouts/plugin/step-plugin.ts'
import type { StepPlugin, StepResult } from '../../../rollouts/plugin/step-plugin.ts'
import { openService } from './support/arguments.ts'

function pluginWith(run: StepPlugin['run']): StepPlugin {
  const pass = (): StepResult => ({ phase: 'Successful' })
  return { type: 'test', run, terminate: pass, abort: pass }
}

async function runStep(run: StepPlugin['run'], context = {}): Promise<EncodableStruct> {
  return (await openService(stepPlugin(pluginWith(run))).call('Run', 'step.RunArgs', {
    Context: context,
  })) as EncodableStruct
}

const step = suite('stepPlugin()')

step('hands on the context, parsed', async () => {
  const context = { PluginName: 'a/b', Config: Buffer.from('{"x":1}'), Status: Buffer.from('null') }
  let seen: unknown
  await runStep((_rollout, received) => {
    seen = received
    return { phase: 'Successful' }
  }, context)
  assert.equal(seen, { pluginName: 'a/b', config: { x: 1 }, status: null })
})

step('encodes the wait in nanoseconds and the status as JSON', async () => {
  const reply = await runStep(() => ({ phase: 'Running', requeueAfterMs: 9_007_199_254_740_991, status: { n: 1 } }))
  const { RequeueAfter, Status } = reply.Result as EncodableStruct
  assert.is(RequeueAfter, 9_007_199_254_740_991_000_000n)
  assert.is(Buffer.from(Status as Uint8Array).toString(), '{"n":1}')
})

for (const [name, result, message] of [
  ['phase Error', { phase: 'Error' }, /phase must be one of Running, Successful, Failed, received "Error"$/],
  ['no phase', {}, /received undefined$/],
  ['a message that is no text', { phase: 'Failed', message: 1 }, /message must be a string, received number$/],
  ['a negative wait', { phase: 'Running', requeueAfterMs: -1 }, /requeueAfterMs must be 0 or more, received -1$/],
  ['a wait that is no number', { phase: 'Running', requeueAfterMs: Number.NaN }, /received NaN$/],
] as const) {
  step(`answers ${name} as an error that the controller retries`, async () => {
    const reply = await runStep(() => result as unknown as StepResult)
    assert.equal(reply.Result, {})
    assert.match((reply.Error as EncodableStruct).ErrorString as string, message)
  })
}

step('names what is not JSON, and does not show it', async () => {
  const reply = await runStep(() => ({ phase: 'Successful' }), { Config: Buffer.from('secret') })
  assert.is((reply.Error as EncodableStruct).ErrorString, "Cannot read 'Config': 6 bytes are not JSON")
})

step('keeps the status when a Run has no answer in time', () => {
  const service = openService(stepPlugin(pluginWith(() => ({ phase: 'Successful' }))))
  const status = Buffer.from('{"n":1}')
  const reply = service.late('Run', 'step.RunArgs', { Context: { Status: status } }) as EncodableStruct
  assert.equal(reply.Result, { Phase: 'Running', Message: 'Run had no answer in time', Status: status })
  const ended = service.late('Abort', 'step.AbortArgs') as EncodableStruct
  assert.match((ended.Error as EncodableStruct).ErrorString as string, /^Cannot answer Abort/)
})

step.run()
