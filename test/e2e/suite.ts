import { readFileSync } from 'node:fs'
import { SCENARIOS } from './scenarios/index.ts'
import type { Scenario } from './scenario.ts'
import { describe, openStage, type Stage } from './stage.ts'
import { Random } from '../support/random.ts'
import { createWorld, type World } from './world.ts'

/** Rollouts that are under way at once; with more, candidates would be judged for waiting for a processor. */
const PARALLEL = 2
const TIMEOUT_MS = 300_000
const FAULTS_SHOWN = 10

/** What the suite needs to begin. */
export interface SuiteSettings {
  readonly folder: string
  readonly programs: string
  readonly pluginFolder: string
  /** Empty for all. */
  readonly names: readonly string[]
}

/** Runs scenarios side by side, prints a line for each, and returns the exit code. */
export async function runSuite({ folder, programs, pluginFolder, names }: SuiteSettings): Promise<number> {
  const started = performance.now()
  const chosen = SCENARIOS.filter(({ name }) => names.length === 0 || names.includes(name))
  const random = new Random('the world')
  const world = await createWorld({ folder, programs, pluginFolder, say, random: () => random.uniform() })
  // Everything ends with this process, whatever ends it.
  process.once('exit', () => {
    world.processes.killAll()
  })
  const stopped = waitForStop()

  let passed = 0
  const waiting = [...chosen]
  const worker = async () => {
    for (let scenario = waiting.shift(); scenario !== undefined; scenario = waiting.shift()) {
      if (await runScenario(world, scenario)) passed++
    }
  }
  await Promise.race([Promise.all(Array.from({ length: PARALLEL }, worker)), stopped])
  const failed = chosen.length - passed
  await world.close()
  say(`the suite took ${seconds(started)} s`)
  say(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

async function runScenario(world: World, scenario: Scenario): Promise<boolean> {
  const started = performance.now()
  let stage: Stage | undefined
  try {
    const story = async () => {
      const random = new Random(scenario.name)
      stage = await openStage(world, `e2e-${scenario.name}`, () => random.uniform(), scenario.stage)
      await scenario.run(stage)
    }
    await withTimeout(story(), scenario.timeoutMs ?? TIMEOUT_MS)
    say(`ok    ${scenario.title} (${scenario.name}, ${seconds(started)} s)`)
    return true
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    say(`FAIL  ${scenario.title} (${scenario.name}, ${seconds(started)} s)\n${indent(text)}`)
    if (stage !== undefined) say(indent(await report(stage)))
    return false
  } finally {
    await stage?.dispose()
  }
}

async function report(stage: Stage): Promise<string> {
  const faults = stage.controller.logPaths().map((path) => lastFaults(path, stage.namespace))
  return [await describe(stage), ...faults].join('\n')
}

/** What the controller complained about; conflicts of writers are everyday business. */
function lastFaults(path: string, namespace: string): string {
  const faults = readFileSync(path, 'utf8')
    .split('\n')
    .filter(
      (line) =>
        /level="?(warn|error|fatal|panic)/i.test(line) && (line.includes(namespace) || !line.includes('namespace=')),
    )
    .filter((line) => !line.includes('the object has been modified'))
  return faults.slice(-FAULTS_SHOWN).join('\n')
}

function withTimeout(story: Promise<void>, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`Cannot finish the scenario: ${timeoutMs / 1000} s are over`))
    }, timeoutMs)
    story.then(resolve, reject).finally(() => {
      clearTimeout(timer)
    })
  })
}

/** Settles when whoever started the suite wants it to end, or has ended. */
function waitForStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => {
        resolve()
      })
    process.stdin.once('end', resolve).once('error', resolve).resume()
  })
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function seconds(started: number): string {
  return ((performance.now() - started) / 1000).toFixed(1)
}

function indent(text: string): string {
  return text.replace(/^/gm, '      ')
}
