// Whether the model server's memory stays flat while it predicts for a long time.
//
//   node test/soak/serving.ts [--predictions 10000000] [--executor auto]
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runClosedLoop } from '../bench/serving/closed-loop.ts'
import { FOREST, startModelServer } from '../bench/serving/servers.ts'

const CONNECTIONS = 16
const CHUNK_MS = 5_000

/** Rows of the larger of the two kinds of requests; the other has one. */
const MANY_ROWS = 15

/** What allocators and garbage collectors may add between one look and another. */
const SLACK_BYTES = 16 * 1024 * 1024

const { values } = parseArgs({
  options: { predictions: { type: 'string', default: '10000000' }, executor: { type: 'string', default: 'auto' } },
})
const wanted = Number(values.predictions)
if (!Number.isInteger(wanted) || wanted < 1) {
  throw new RangeError(`Cannot soak: expected a whole number of predictions, received ${values.predictions}`)
}

const flowers = readFileSync(new URL('../../runtime/examples/iris/requests.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
const rows = flowers.map((line) => JSON.stringify((JSON.parse(line) as { inputs: number[] }).inputs))
const bodies = flowers.flatMap((single, i) => {
  const several = Array.from({ length: MANY_ROWS }, (_, k) => rows[(i + k) % rows.length]!)
  return [single, `{"inputs":[${several.join(',')}]}`]
})

const server = await startModelServer(FOREST, ['--executor', values.executor])
try {
  process.exitCode = (await soak()) ? 0 : 1
} finally {
  await server.stop()
}

/** Whether memory stayed flat. */
async function soak(): Promise<boolean> {
  const sizes: number[] = []
  let predictions = 0
  say(`soaking the iris forest with ${wanted} predictions, ${CONNECTIONS} connections`)
  while (predictions < wanted) {
    const { answers, failures } = await runClosedLoop({
      port: server.port,
      path: '/predict',
      bodies,
      connections: CONNECTIONS,
      durationMs: CHUNK_MS,
    })
    if (failures > 0) throw new Error(`Cannot soak: ${failures} requests failed`)
    predictions += (answers * (1 + MANY_ROWS)) / 2
    sizes.push(residentBytes())
    say(`${Math.round(predictions).toString().padStart(10)} predictions  RSS ${megabytes(sizes.at(-1)!)} MB`)
  }
  return judge(sizes)
}

/** The second half is compared with the first once that has warmed up: a leak goes on, a working set does not. */
function judge(sizes: readonly number[]): boolean {
  const [quarter, half] = [Math.floor(sizes.length / 4), Math.floor(sizes.length / 2)]
  if (quarter === half) {
    say('too short to tell')
    return true
  }
  const before = Math.max(...sizes.slice(quarter, half))
  const after = Math.max(...sizes.slice(half))
  const isFlat = after - before <= SLACK_BYTES
  say(
    `${isFlat ? 'flat' : 'NOT FLAT'}: at most ${megabytes(before)} MB in the second quarter, ${megabytes(after)} MB after it`,
  )
  return isFlat
}

/** Of the server and the processes it started. */
function residentBytes(pid = server.pid): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  const own = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1_024
  return children.reduce((sum, child) => sum + residentBytes(Number(child)), own)
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
