// The end-to-end suite: a real Rollouts controller, API server, Prometheus and model servers, and modelgate as the plugin.
//
//   node test/e2e/run.ts [scenario...]
//
// E2E_LONG=1 keeps Prometheus away for two minutes instead of half a minute, as CI does; E2E_KEEP=1 keeps the logs.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chooseIsolation } from './isolation.ts'
import { SCENARIOS } from './scenarios/index.ts'
import { buildPlugin, PLUGIN_FOLDER } from './plugin-folder.ts'
import { runSuite } from './suite.ts'

const HERE = import.meta.dirname
const INSIDE = '--inside'
const BUILD_CANNOT = 3
const KEEP = process.env['E2E_KEEP'] === '1'

const names = process.argv.slice(2)
if (names[0] === INSIDE) {
  const [, folder = '', programs = '', ...chosen] = names
  // Open watches and the pipe to the parent would keep the process alive.
  const code = await runSuite({ folder, programs, pluginFolder: PLUGIN_FOLDER, names: chosen })
  discard(folder)
  process.exit(code)
} else {
  process.exitCode = await runApart(names)
}

/** Builds what is missing, then runs the suite in a process whose end takes everything with it. */
async function runApart(chosen: readonly string[]): Promise<number> {
  const unknown = chosen.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name))
  if (unknown.length > 0) {
    say(`Cannot run '${unknown.join("', '")}': known are ${SCENARIOS.map(({ name }) => name).join(', ')}`)
    return 2
  }
  const build = spawnSync(join(HERE, 'build.sh'), { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })
  const skipped = chosen.length > 0 ? chosen.length : SCENARIOS.length
  if (build.status === BUILD_CANNOT) {
    say('SKIPPED: the end-to-end suite, because its programs cannot be built here (see above)')
    say(`0 passed, 0 failed, ${skipped} skipped`)
    return process.env['CI'] === 'true' ? 1 : 0
  }
  if (build.status !== 0) {
    say('Cannot build the programs of the end-to-end suite: see above')
    return 1
  }
  buildPlugin(say)

  const folder = mkdtempSync(join(tmpdir(), 'modelgate-e2e-'))
  const isolation = chooseIsolation()
  say(`running ${isolation.text}`)
  const { command, args } = isolation.wrap(process.execPath, [
    join(HERE, 'run.ts'),
    INSIDE,
    folder,
    build.stdout.trim(),
    ...chosen,
  ])
  try {
    return await runToEnd(command, args)
  } finally {
    if (KEEP) say(`kept: ${folder}`)
    discard(folder)
  }
}

/** The child stops when its standard input ends, which also happens when this process is killed. */
function runToEnd(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, { stdio: ['pipe', 'inherit', 'inherit'] })
  const stop = () => child.stdin.end()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      resolve(code ?? 1)
    })
  })
}

/** Called on both sides, because either may be killed. Processes that were just killed may still be writing. */
function discard(folder: string): void {
  if (!KEEP) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
