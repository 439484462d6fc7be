import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { rejects } from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openDiscovery } from '../../../../src/rehearsal/traffic/discovery.ts'
import { openHttpPod } from '../../../support/http-pod.ts'
import { freePort } from '../../../support/prometheus.ts'

const LABELS = { hash: 'rollouts_pod_template_hash', pod: 'pod', namespace: 'namespace' }
const TARGET = { pod: 'iris-1', podTemplateHash: 'bcdfghjklm', url: 'http://127.0.0.1:4000/metrics' }
const GROUPS = [
  {
    targets: ['127.0.0.1:4000'],
    labels: { rollouts_pod_template_hash: 'bcdfghjklm', pod: 'iris-1', namespace: 'ml' },
  },
]

const test = suite('openDiscovery()')

test('tells the same by file and by HTTP, and takes the file away', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-discovery-'))
  const path = join(folder, 'targets.json')
  const port = await freePort()
  const discovery = await openDiscovery({ path, port, labels: LABELS, namespace: 'ml' })
  try {
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).json(), [])
    await discovery.publish([TARGET])
    const answer = await fetch(`http://127.0.0.1:${port}/`)
    assert.is(answer.headers.get('content-type'), 'application/json')
    assert.equal(await answer.json(), GROUPS)
    assert.equal(JSON.parse(readFileSync(path, 'utf8')), GROUPS)
  } finally {
    await discovery.close()
    assert.not(existsSync(path))
    rmSync(folder, { recursive: true })
  }
})

test('refuses a port that is taken', async () => {
  const other = await openHttpPod()
  try {
    const port = Number(new URL(other.origin).port)
    await rejects(openDiscovery({ path: '/nowhere/t.json', port, labels: LABELS, namespace: 'ml' }), {
      name: 'InputError',
      message: /--prometheus-discovery: .*EADDRINUSE/,
    })
  } finally {
    await other.close()
  }
})

test.run()
