import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Io, Output } from '../../../src/command.ts'
import { parseCompareOptions } from '../../../src/comparison/options.ts'
import { prepareComparison, type Preparation } from '../../../src/comparison/preparation.ts'
import { runComparison } from '../../../src/comparison/run-comparison.ts'
import { readIrisAnswers, readRequests } from '../../runtime/example-models.ts'
import { withFolder } from '../../runtime/builders.ts'
import { killIfThere, modelProcesses } from './model-processes.ts'

const example = (folder: string, file: string) =>
  join(import.meta.dirname, '..', '..', '..', 'runtime', 'examples', folder, file)
const iris = (file: string) => example('iris', file)

const run = suite('runComparison()')

run('stops where the process of the candidate keeps ending, and fails it', async () => {
  await withComparison({}, async (preparation, options) => {
    const [stable] = modelProcesses()
    // The clock is read after every few requests; whatever process is not the first holds the candidate.
    const endCandidate = () => {
      for (const pid of modelProcesses()) if (pid !== stable) killIfThere(pid, 'SIGKILL')
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

for (const candidate of ['failing.onnx', 'good.onnx']) {
  run(`leaves open what ${candidate} is worth where stable answers nothing`, async () => {
    await withFolder(async (folder) => {
      const requests = join(folder, 'requests.jsonl')
      const all = readRequests('iris')
      const failing = readIrisAnswers().failing.fails.map((i) => `${JSON.stringify({ inputs: all[i] })}\n`)
      writeFileSync(requests, failing.join('').repeat(20))
      await withComparison(
        { stable: iris('failing.onnx'), candidate: iris(candidate), requests },
        async (preparation, options) => {
          const { verdict, reason, pairs, outputs, notes } = await runComparison(preparation, options, io())
          assert.is(verdict, 'inconclusive')
          assert.match(reason, 'there is not one input that both models answer: of 1,760 inputs stable failed on 1,760')
          assert.is(pairs, 1_760)
          assert.is(outputs['probabilities']?.distance, null)
          assert.match(notes.join(), 'Stable failed on 1,760 of 1,760 inputs')
        },
      )
    })
  })
}

run('says on how little a comparison of numbers rests that nobody set a tolerance for', async () => {
  const [stable, candidate] = [example('diabetes', 'stable.onnx'), example('diabetes', 'candidate.onnx')]
  const files = { stable, candidate, requests: example('diabetes', 'requests.jsonl') }
  await withComparison(files, async (preparation, options) => {
    const { notes } = await runComparison(preparation, options, io())
    assert.equal(notes, [
      "No tolerance is named for 'value', so its numbers may move by 0.00001 + 0.001 × |stable| only. For another one, name a tolerance for it under 'signals.shadow.tolerances' of the policy.",
    ])
  })
})

run('leaves no process behind', () => {
  assert.equal(modelProcesses(), [])
})

run.run()

/** Both models loaded; by default two that agree, and fifteen hundred requests. */
async function withComparison(
  files: Readonly<Record<string, string>>,
  use: (preparation: Preparation, options: ReturnType<typeof parseCompareOptions>) => Promise<void>,
): Promise<void> {
  const defaults = { stable: iris('stable.onnx'), candidate: iris('good.onnx'), requests: iris('requests.jsonl') }
  const options = parseCompareOptions({ ...defaults, ...files, 'speed-time': '0s' })
  const preparation = await prepareComparison(options)
  try {
    await use(preparation, options)
  } finally {
    await Promise.all([preparation.stable.model.release(), preparation.canary.model.release()])
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
