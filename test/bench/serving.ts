// The model server beside what else could serve the same models: Flask under gunicorn and FastAPI under uvicorn with the same iris
// forest; a Fastify that only says hello; Fastify and Node's HTTP module that read the same request and run nothing, which no
// server built on them can beat; and `session.run` by itself, which no server of that model can beat. The load generator runs on the same cores as the server it measures, and costs the same for each.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { perceptron } from '../runtime/onnx-model.ts'
import { measureAll, type Contender, type Row } from './serving/measure.ts'
import { printRows, printRuns } from './serving/print-table.ts'
import { faster, measureRaw, type RawModel, type RawRun } from './serving/raw-runs.ts'
import {
  FOREST,
  preparePython,
  startBareHttp,
  startFastApi,
  startFlask,
  startHello,
  startModelServer,
  type BenchServer,
} from './serving/servers.ts'

const CONNECTIONS = [1, 16, 64]
const COMPARED_CONNECTIONS = 16
const BATCHED_CONNECTIONS = 64
const RAW_BATCH = 32
const ROUNDS = 2

/** Numbers of an image of 28 x 28 points, a usual size of examples. */
const PIXELS = 784

const flowers = readFileSync(new URL('../../runtime/examples/iris/requests.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')

await main()

async function main(): Promise<void> {
  const python = preparePython()
  if ('missing' in python) {
    process.stdout.write(`SKIPPED: Flask and FastAPI are not measured: ${python.missing}\n`)
    if (process.env['CI'] === 'true') process.exitCode = 1
  }
  await compareForest('venv' in python ? python.venv : undefined)
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-bench-'))
  try {
    for (const { name, widths } of [
      { name: 'perceptron of 2.7 MB', widths: [PIXELS, 512, 512, 10] },
      { name: 'perceptron of 51 MB', widths: [PIXELS, 3_200, 3_200, 10] },
    ]) {
      const path = join(folder, `${name.replaceAll(' ', '-')}.onnx`)
      writeFileSync(path, perceptron(widths))
      await comparePerceptron({ name, path, width: PIXELS })
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  process.stdout.write(
    '"other CPU" is what the rest of the machine used meanwhile: figures beside a large one mean little\n',
  )
}

async function compareForest(venv: string | undefined): Promise<void> {
  const servers: BenchServer[] = []
  const started = async (server: Promise<BenchServer>): Promise<BenchServer> => {
    servers.push(await server)
    return server
  }
  try {
    const ours: Contender = {
      name: 'modelgate runtime',
      server: await started(startModelServer()),
      path: '/predict',
      bodies: flowers,
    }
    const hello = await started(startHello())
    const contenders: Contender[] = [
      ours,
      { name: 'Fastify, hello world', server: hello, path: '/hello', bodies: [] },
      { name: 'Fastify, same request', server: hello, path: '/predict', bodies: flowers },
      { name: 'node:http, same request', server: await started(startBareHttp()), path: '/predict', bodies: flowers },
    ]
    if (venv !== undefined) {
      const flask = await started(startFlask(venv))
      const fastApi = await started(startFastApi(venv))
      await compareAnswers(ours.server, flask, fastApi)
      contenders.push({ ...ours, name: 'Flask + gunicorn 2x2', server: flask })
      contenders.push({ ...ours, name: '  without the model', server: flask, path: '/without-model' })
      contenders.push({ ...ours, name: 'FastAPI + uvicorn 2', server: fastApi })
    }
    const rows: Row[] = []
    for (const connections of CONNECTIONS) rows.push(...(await measureAll(contenders, connections, ROUNDS)))
    process.stdout.write(`the iris forest of 200 trees, one row a request, best of ${ROUNDS} rounds\n`)
    printRows(rows)
    printRuns([1, RAW_BATCH].map((batch) => measureRaw({ name: 'iris forest', path: FOREST, width: 4 }, batch)))
    reportForest(rows.filter(({ connections }) => connections === COMPARED_CONNECTIONS))
  } finally {
    for (const server of servers) await server.stop()
  }
}

/** A comparison of speed is worth nothing where the answers differ. */
async function compareAnswers(...servers: readonly BenchServer[]): Promise<void> {
  for (const body of flowers.slice(0, 100)) {
    const answers = await Promise.all(
      servers.map(async ({ port }) => {
        const headers = { 'content-type': 'application/json' }
        const response = await fetch(`http://127.0.0.1:${port}/predict`, { method: 'POST', body, headers })
        return JSON.stringify(await response.json())
      }),
    )
    if (new Set(answers).size > 1) throw new Error(`Cannot compare: ${body} is answered ${answers.join(' and ')}`)
  }
}

function reportForest([ours, hello, fastify, http, flask, bare, fastApi]: readonly Row[]): void {
  if (ours === undefined || hello === undefined || fastify === undefined || http === undefined) return
  say(
    `at ${COMPARED_CONNECTIONS} connections ${percent(ours.requestsPerSecond / hello.requestsPerSecond)} of the bare ` +
      `Fastify's rate (goal 90 %) at ${ours.cpuMsPerRequest.toFixed(3)} ms CPU per request (goal 0.080)`,
  )
  say(
    `a POST with a body is what costs: without a model, Fastify reaches ${percent(fastify.requestsPerSecond / hello.requestsPerSecond)} ` +
      `of its own hello with it, node:http ${percent(http.requestsPerSecond / hello.requestsPerSecond)}; modelgate ` +
      `reaches ${percent(ours.requestsPerSecond / fastify.requestsPerSecond)} of that Fastify`,
  )
  if (flask === undefined || bare === undefined || fastApi === undefined) return
  for (const [name, row] of [
    ["Flask's", flask],
    ["FastAPI's", fastApi],
  ] as const) {
    say(
      `${(ours.requestsPerSecond / row.requestsPerSecond).toFixed(0)}x ${name} rate (goal 100x Flask's) and ` +
        `${(row.cpuMsPerRequest / ours.cpuMsPerRequest).toFixed(0)}x less CPU per request`,
    )
  }
  say(
    `${percent(1 - bare.cpuMsPerRequest / flask.cpuMsPerRequest)} of Flask's CPU per request is scikit-learn's predict for a ` +
      `single row; without it the factor is ${(ours.requestsPerSecond / bare.requestsPerSecond).toFixed(1)}x`,
  )
}

/** The raw runs come before and after, so that a busy moment of the machine hits both sides. */
async function comparePerceptron(model: RawModel): Promise<void> {
  const before = measureRaw(model, RAW_BATCH)
  const server = await startModelServer(model.path)
  let rows: Row[]
  try {
    const contender: Contender = { name: 'modelgate runtime', server, path: '/predict', bodies: pictures(16) }
    rows = await measureAll([contender], BATCHED_CONNECTIONS, ROUNDS)
  } finally {
    await server.stop()
  }
  const batched = faster(before, measureRaw(model, RAW_BATCH))
  const runs: RawRun[] = [measureRaw(model, 1), batched]
  say(`\n${model.name}, one row of ${model.width} numbers a request, best of ${ROUNDS} rounds`)
  printRows(rows)
  printRuns(runs)
  const share = rows[0]!.requestsPerSecond / batched.rowsPerSecond
  say(
    `at ${BATCHED_CONNECTIONS} connections ${percent(share)} of the rows of runs of ${RAW_BATCH} (goal 95 % at 51 MB)`,
  )
}

/** Bodies with made-up points of two decimals. */
function pictures(count: number): string[] {
  return Array.from({ length: count }, (_, picture) => {
    const points = Array.from({ length: PIXELS }, (_point, i) => (((i * 31 + picture * 17) % 100) / 100).toFixed(2))
    return `{"inputs":[${points.map(Number).join(',')}]}`
  })
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
