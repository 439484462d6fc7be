import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { getPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { raisePriority } from '../../../src/rehearsal/raise-priority.ts'

const MODULE = fileURLToPath(new URL('../../../src/rehearsal/raise-priority.ts', import.meta.url))

const test = suite('raisePriority()')

test('raises the priority of a process where it is allowed to, and says whether it was', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true })
  await once(child, 'spawn')
  const { pid = 0 } = child
  const before = getPriority(pid)
  const granted = raisePriority(pid)
  assert.is(getPriority(pid) < before || !granted, true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.is(raisePriority(pid), false)
})

if (process.getuid?.() === 0) {
  test('is denied, not broken, without the right', async () => {
    const script = `import { raisePriority } from ${JSON.stringify(MODULE)}; process.exit(raisePriority(process.pid) ? 1 : 0)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      uid: 65_534,
      gid: 65_534,
      stdio: 'ignore',
    })
    const [code] = (await once(child, 'exit')) as [number | null]
    assert.is(code, 0)
  })
}

test.run()
