import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { examplePath } from '../runtime/builders.ts'
import { startModelgate } from '../support/modelgate.ts'

const test = suite('telemetry')

test('is off: a model server leaves nothing in the home folder', async () => {
  const home = mkdtempSync(join(tmpdir(), 'modelgate-home-'))
  const args = ['runtime', '--model', examplePath('iris/stable'), '--port', '0', '--warm-up', '0s']
  const { child, finished } = startModelgate(args, { env: { HOME: home } })
  try {
    await once(child.stdout!, 'data')
    child.kill('SIGTERM')
    const { code, stderr } = await finished
    assert.is(code, 0, stderr)
    assert.not.match(stderr, /telemetry/i)
    assert.equal(readdirSync(home, { recursive: true }), [])
  } finally {
    child.kill('SIGKILL')
    rmSync(home, { recursive: true })
  }
})

test.run()
