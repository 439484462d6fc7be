import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import packageJson from '../../package.json' with { type: 'json' }
import { runModelgate, startModelgate } from '../support/modelgate.ts'

const test = suite('launcher')

/** The Node of the machine, which may be older than the project's own. */
const machineNode = spawnSync('node', ['--version']).status === 0 ? 'node' : process.execPath

for (const [name, node] of [
  ['the machine', machineNode],
  ['the project', process.execPath],
] as const) {
  test(`runs under the Node of ${name} and hands arguments on`, async () => {
    const { code, stdout } = await runModelgate(['--version'], { node })
    assert.equal([code, stdout], [0, `modelgate ${packageJson.version}\n`])
  })

  test(`repeats the exit code under the Node of ${name}`, async () => {
    const { code, stderr } = await runModelgate(['no such command'], { node })
    assert.is(code, 2)
    assert.match(stderr, 'Cannot run modelgate: unknown command "no such command"')
  })

  test(`hands SIGTERM on under the Node of ${name}`, async () => {
    // Standard input stays open, so that the command waits for evidence until the signal comes.
    const folder = mkdtempSync(join(tmpdir(), 'modelgate-launcher-'))
    try {
      const policy = join(folder, 'policy.yaml')
      writeFileSync(policy, 'signals: { errorRate: {} }\n')
      const { child, finished } = startModelgate(['evaluate', '--policy', policy], { node })
      await delay(1_500)
      child.kill('SIGTERM')
      // On a busy machine the signal may come before anybody listens; the process has to end by it all the same.
      const { code, signal } = await finished
      assert.ok(code === 143 || signal === 'SIGTERM', `ended with ${code}, ${signal}`)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}

test.run()

const help = suite('help')

for (const command of ['rehearse', 'evaluate', 'runtime', 'demo']) {
  help(`of ${command} has a usage line and an example`, async () => {
    const { code, stdout } = await runModelgate([command, '--help'])
    assert.is(code, 0)
    assert.match(stdout, `Usage: modelgate ${command}`)
    assert.match(stdout, /Examples?:\n {2}modelgate /)
  })
}

help('without a command lists them all', async () => {
  const { code, stdout } = await runModelgate([])
  assert.is(code, 0)
  for (const command of ['rehearse', 'evaluate', 'runtime']) assert.match(stdout, new RegExp(`\n {2}${command} +\\S`))
})

help.run()
