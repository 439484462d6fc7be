import { rejects } from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import { parseCompareOptions } from '../../../src/comparison/options.ts'
import { prepareComparison } from '../../../src/comparison/preparation.ts'
import { withFolder } from '../../runtime/builders.ts'
import { onnxModel } from '../../runtime/onnx-model.ts'

const prepare = suite('prepareComparison()')

prepare('refuses a tolerance for what holds no numbers, and whatever else is wrong', async () => {
  await withFolder(async (folder) => {
    const file = (name: string, content: string | Buffer) => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    }
    const options = parseCompareOptions({
      stable: file('stable.onnx', onnxModel({ inputs: [X], outputs: [Y], nodes: [CAST] })),
      candidate: file('candidate.onnx', 'no model'),
      requests: file('requests.jsonl', '{"inputs":[1]}\n'),
      policy: file('policy.yaml', 'signals: { shadow: { tolerances: { y: { absolute: 1 } } } }\n'),
    })
    await rejects(prepareComparison(options), ({ message }: Error) =>
      [
        /^Cannot use what is to be compared: 2 faults/,
        /--candidate: expected an ONNX model/,
        /--policy: signals\.shadow\.tolerances\.y: expected an output of numbers, received string\[N\]/,
      ].every((pattern) => pattern.test(message)),
    )
  })
})

prepare.run()

const X = { name: 'x', type: 'float32', shape: ['N'] } as const
const Y = { name: 'y', type: 'string', shape: ['N'] } as const
const CAST = { op: 'Cast', inputs: ['x'], outputs: ['y'], attributes: { to: 8 } }
