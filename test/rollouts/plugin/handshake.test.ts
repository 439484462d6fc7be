import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkHandshake, handshakeLine } from '../../../rollouts/plugin/handshake.ts'

const check = suite('checkHandshake()')

for (const cookie of ['metricprovider', 'step', 'trafficrouter'] as const) {
  check(`accepts the cookie '${cookie}'`, () => {
    checkHandshake({ ARGO_ROLLOUTS_RPC_PLUGIN: cookie, PLUGIN_PROTOCOL_VERSIONS: '1' }, cookie)
  })
}

check('tells somebody who starts it by hand what it is', () => {
  assert.throws(() => {
    checkHandshake({}, 'step')
  }, /^Cannot start plugin: ARGO_ROLLOUTS_RPC_PLUGIN must be 'step', it is not set; this program is a plugin/)
})

check('tells when it was registered as another kind', () => {
  assert.throws(() => {
    checkHandshake({ ARGO_ROLLOUTS_RPC_PLUGIN: 'step' }, 'metricprovider')
  }, /received "step"; it may be registered under another kind/)
})

check.run()

const line = suite('handshakeLine()')

line('has versions, network, address, protocol and an empty certificate', () => {
  assert.is(handshakeLine('/tmp/x/s'), '1|1|unix|/tmp/x/s|netrpc|\n')
})

line.run()
