import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Io, Output } from '../../../src/command.ts'
import { parseCompareOptions } from '../../../src/comparison/options.ts'
import { prepareComparison, type Preparation } from '../../../src/comparison/preparation.ts'
import { runComparison } from '../../../src/comparison/run-comparison.ts'
import { processesWith } from '../../support/processes.ts'

const run = suite('runComparison()')

run('stops where the process of the candidate keeps ending, and fails it', async () => {
  await withComparison(async (preparation, options) => {
    const [stable] = modelProcesses()
    // The clock is read after every few requests; whatever process is not the first holds the candidate.
    const endCandidate = () => {
      for (const pid of modelProcesses()) if (pid !== stable) killIfThere(pid)
      return Date.now()
    }
    const found = await runComparison(preparation, options, { ...io(), now: endCandidate })
    assert.is(found.verdict, 'fail')
    assert.match(found.reason, /^the candidate cannot be run: its process ended 5 times/)
    assert.is(found.stableOnlyErrors, 0)
    assert.ok(found.requests < 1_500, String(found.requests))
    assert.match(found.notes.join(), `Stopped after ${found.requests} of 1500 requests`)
  })
})

run('leaves no process behind', () => {
  assert.equal(modelProcesses(), [])
})

run.run()

/** Both models loaded, and fifteen hundred requests. */
async function withComparison(
  use: (preparation: Preparation, options: ReturnType<typeof parseCompareOptions>) => Promise<void>,
): Promise<void> {
  const iris = (name: string) => join(import.meta.dirname, '..', '..', '..', 'runtime', 'examples', 'iris', name)
  const files = { stable: iris('stable.onnx'), candidate: iris('good.onnx'), requests: iris('requests.jsonl') }
  const options = parseCompareOptions({ ...files, 'speed-time': '0s' })
  const preparation = await prepareComparison(options)
  try {
    await use(preparation, options)
  } finally {
    await Promise.all([preparation.stable.model.release(), preparation.canary.model.release()])
  }
}

/** Processes of this one that hold a model, oldest first. */
function modelProcesses(): number[] {
  return processesWith('model-process.ts')
    .map(({ pid }) => pid)
    .filter((pid) => parentOf(pid) === process.pid)
    .sort((a, b) => a - b)
}

/** Undefined for a process that has just ended. */
function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return undefined
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function io(): Io {
  const output: Output = { isTerminal: false, columns: 80, write: () => undefined }
  return {
    stdout: output,
    stderr: output,
    stdin: (async function* () {})(),
    env: {},
    signal: new AbortController().signal,
    now: Date.now,
  }
}
