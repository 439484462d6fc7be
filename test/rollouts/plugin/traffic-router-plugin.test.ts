import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { EncodableStruct } from '../../../rollouts/plugin/gob-schema.ts'
import { trafficRouterPlugin, type TrafficRouterPlugin } from '../../../rollouts/plugin/traffic-router-plugin.ts'
import { openService } from './support/arguments.ts'

/** A router that notes what it is told. */
function noting(overrides: Partial<TrafficRouterPlugin> = {}): { plugin: TrafficRouterPlugin; told: unknown[] } {
  const told: unknown[] = []
  const note = (_rollout: unknown, request: unknown): void => {
    told.push(request)
  }
  const plugin: TrafficRouterPlugin = {
    type: 'test',
    updateHash: note,
    setWeight: note,
    verifyWeight: () => undefined,
    setHeaderRoute: note,
    setMirrorRoute: note,
    removeManagedRoutes: () => {
      told.push('removed')
    },
    ...overrides,
  }
  return { plugin, told }
}

const DESTINATIONS = [{ ServiceName: 'exp', PodTemplateHash: 'e1', Weight: 5 }]

const router = suite('trafficRouterPlugin()')

router('hands on hashes and weights with their destinations', async () => {
  const { plugin, told } = noting()
  const service = openService(trafficRouterPlugin(plugin))
  await service.call('UpdateHash', 'UpdateHashArgs', { CanaryHash: 'c1', StableHash: 's1' })
  const weight = { DesiredWeight: 30, AdditionalDestinations: DESTINATIONS }
  const reply = await service.call('SetWeight', 'SetWeightAndVerifyWeightArgs', weight)
  assert.equal(reply, {})
  assert.equal(told, [
    { canaryHash: 'c1', stableHash: 's1', additionalDestinations: [] },
    { desiredWeight: 30, additionalDestinations: [{ serviceName: 'exp', podTemplateHash: 'e1', weight: 5 }] },
  ])
})

router('hands on routes, and their removal', async () => {
  const { plugin, told } = noting()
  const service = openService(trafficRouterPlugin(plugin))
  const match = { HeaderName: 'x-canary', HeaderValue: { Exact: 'yes' } }
  await service.call('SetHeaderRoute', 'SetHeaderArgs', { SetHeaderRoute: { Name: 'h', Match: [match] } })
  await service.call('SetMirrorRoute', 'SetMirrorArgs', { SetMirrorRoute: { Name: 'm' } })
  await service.call('RemoveManagedRoutes', 'RemoveManagedRoutesArgs')
  const [header, mirror, removed] = told as [{ name: string; match: unknown[] }, { name: string }, unknown]
  assert.equal([header.name, header.match.length, mirror.name, removed], ['h', 1, 'm', 'removed'])
})

for (const [answer, verified] of [
  [false, 0],
  [true, 1],
  [undefined, 2],
] as const) {
  router(`encodes a weight that is verified as ${answer}`, async () => {
    const service = openService(trafficRouterPlugin(noting({ verifyWeight: () => answer }).plugin))
    const reply = await service.call('VerifyWeight', 'SetWeightAndVerifyWeightArgs', { DesiredWeight: 10 })
    assert.equal(reply, { Verified: verified, Err: {} })
  })
}

router('answers a throw as an error that the controller retries', async () => {
  const fail = (): never => {
    throw new Error('the mesh is away')
  }
  const service = openService(trafficRouterPlugin(noting({ setWeight: fail, verifyWeight: fail }).plugin))
  const args = { DesiredWeight: 10 }
  const set = (await service.call('SetWeight', 'SetWeightAndVerifyWeightArgs', args)) as EncodableStruct
  assert.is(set.ErrorString, 'the mesh is away')
  const verify = (await service.call('VerifyWeight', 'SetWeightAndVerifyWeightArgs', args)) as EncodableStruct
  assert.equal([verify.Verified, (verify.Err as EncodableStruct).ErrorString], [0, 'the mesh is away'])
})

router('takes a weight that has no answer in time for not verified', () => {
  const service = openService(trafficRouterPlugin(noting().plugin))
  const reply = service.late('VerifyWeight', 'SetWeightAndVerifyWeightArgs') as EncodableStruct
  assert.is(reply.Verified, 0)
  assert.match((reply.Err as EncodableStruct).ErrorString as string, /VerifyWeight/)
})

router.run()
