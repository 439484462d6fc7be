// `session.run` and nothing else, on one thread: the bound of what a server can get out of a model.
//
//   node raw-model.ts MODEL INPUT_WIDTH BATCH DURATION_MS
import * as ort from 'onnxruntime-node'

const WARM_UP_RUNS = 20

const [path = '', width = '', batch = '', durationMs = ''] = process.argv.slice(2)
const rows = Number(batch)
const session = await ort.InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1 })
const data = Float32Array.from({ length: rows * Number(width) }, (_, i) => (i % 13) / 10)
const feeds = { [session.inputNames[0]!]: new ort.Tensor('float32', data, [rows, Number(width)]) }
for (let run = 0; run < WARM_UP_RUNS; run += 1) await session.run(feeds)
const cpuBefore = process.cpuUsage()
const startMs = performance.now()
let runs = 0
do {
  await session.run(feeds)
  runs += 1
} while (performance.now() - startMs < Number(durationMs))
const elapsedMs = performance.now() - startMs
const { user, system } = process.cpuUsage(cpuBefore)
await session.release()
const result = {
  rowsPerSecond: (runs * rows * 1_000) / elapsedMs,
  cpuMsPerRow: (user + system) / 1_000 / (runs * rows),
}
process.stdout.write(`${JSON.stringify(result)}\n`)
