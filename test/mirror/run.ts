/*
 * Puts real routers, configured as docs/shadow.md says, in front of real model servers:
 *
 *     node test/mirror/run.ts NGINX ENVOY
 *
 * The arguments are paths of the programs. Where one is empty, its checks are skipped, aloud; with CI=true that fails.
 * Prints a line per check and ends with 1 if any failed.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createProcessTable } from '../e2e/process-table.ts'
import { checksOf, type Check } from './checks.ts'
import { envoyRouter } from './envoy.ts'
import { compareOffline, someTraffic } from './iris-traffic.ts'
import { nginxRouter } from './nginx.ts'
import type { Router } from './router.ts'
import { CANDIDATE, openStage } from './stage.ts'

const TIMEOUT_MS = 120_000
/** Lines of a router's log that are shown after a failure. */
const LOG_LINES = 10

const [nginx = '', envoy = ''] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'modelgate-mirror-'))
const processes = createProcessTable(join(folder, 'logs'))
process.once('exit', () => {
  processes.killAll()
  rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

const offline = await compareOffline(folder, CANDIDATE, someTraffic())
const counts = { passed: 0, failed: 0, skipped: 0 }
for (const router of [nginxRouter(nginx), envoyRouter(envoy)]) {
  const checks = checksOf(router, offline)
  if (router.binary === '') {
    say(`SKIPPED: the checks with ${router.title}, which this machine lacks and which cannot be fetched`)
    counts.skipped += checks.length
  } else {
    for (const check of checks) counts[(await passes(router, check)) ? 'passed' : 'failed'] += 1
  }
}
say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exit(counts.failed > 0 || (counts.skipped > 0 && process.env['CI'] === 'true') ? 1 : 0)

async function passes(router: Router, check: Check): Promise<boolean> {
  const startedMs = performance.now()
  const took = () => `${((performance.now() - startedMs) / 1000).toFixed(1)} s`
  try {
    await withinTimeout(stageAndRun(router, check))
    say(`ok    ${router.title}: ${check.title} (${took()})`)
    return true
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    say(`FAIL  ${router.title}: ${check.title} (${took()})\n${text.replace(/^/gm, '      ')}`)
    return false
  }
}

async function stageAndRun(router: Router, check: Check): Promise<void> {
  const stage = await openStage(processes, folder, router, check.options)
  try {
    await check.run(stage)
  } catch (error) {
    const log = readFileSync(stage.routerProcess.logPath, 'utf8').trimEnd().split('\n').slice(-LOG_LINES).join('\n')
    say(`the last that ${router.title} wrote:\n${log}`)
    throw error
  } finally {
    await stage.close()
  }
}

function withinTimeout(story: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`Cannot finish the check: ${TIMEOUT_MS / 1000} s are over`))
    }, TIMEOUT_MS)
    story.then(resolve, reject).finally(() => {
      clearTimeout(timer)
    })
  })
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
