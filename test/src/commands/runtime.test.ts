import { rejects } from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Io } from '../../../src/command.ts'
import { runtimeCommand } from '../../../src/commands/runtime.ts'
import { runModelgate, startModelgate, type Running } from '../../support/modelgate.ts'
import { examplePath } from '../../runtime/builders.ts'

const ROW = '{"inputs":[5.1,3.5,1.4,0.2]}'

/** The line that says a server is ready. */
interface Ready {
  readonly event: string
  readonly url: string
  readonly port: number
  readonly model: string
  readonly batching: boolean
}

/** The command run in this process, with a world made for it. */
interface Served {
  readonly ready: Ready
  readonly stop: () => void
  readonly stdin: PassThrough
  readonly stderr: () => string
  readonly code: Promise<number>
}

interface Setting {
  readonly args: readonly string[]
  readonly env?: Io['env']
}

/** Runs the command, hands the server over, and stops it if that has not been done. */
async function withServer({ args, env = {} }: Setting, use: (served: Served) => Promise<void>): Promise<void> {
  const controller = new AbortController()
  const stdin = new PassThrough()
  const written: string[] = []
  const output = (write: (text: string) => void) => ({ write, isTerminal: false, columns: 80 })
  const { promise: line, resolve: announce } = Promise.withResolvers<string>()
  const io: Io = {
    stdout: output(announce),
    stderr: output((text) => written.push(text)),
    stdin,
    env,
    signal: controller.signal,
    now: Date.now,
  }
  const fast = ['--port', '0', '--host', '127.0.0.1', '--json', '--warm-up', '20ms']
  const stop = () => {
    controller.abort('SIGTERM')
  }
  const code = runtimeCommand.run([...fast, ...args], io)
  try {
    const first = await Promise.race([line, code])
    if (typeof first === 'number') throw new Error(`the server ended with ${first}`)
    await use({ ready: JSON.parse(first) as Ready, stop, stdin, stderr: () => written.join(''), code })
  } finally {
    stop()
    await Promise.allSettled([code])
  }
}

function predict({ url }: Ready, body = ROW): Promise<Response> {
  return fetch(`${url}/predict`, { method: 'POST', body })
}

/** Sends many requests at once, calls back after the first answer, and returns how often each status came. */
async function statusesOf(count: number, ready: Ready, afterFirst: () => void): Promise<Record<number, number>> {
  const responses = Array.from({ length: count }, () => predict(ready))
  await responses[0]
  afterFirst()
  const statuses: Record<number, number> = {}
  for (const { status } of await Promise.all(responses)) statuses[status] = (statuses[status] ?? 0) + 1
  return statuses
}

const STABLE = ['--model', examplePath('iris/stable')]
const SLOW = ['--model', examplePath('iris/slow'), '--max-batch', '1']

const command = suite('runtimeCommand')

command('serves a model on a free port until it is stopped', () =>
  withServer({ args: STABLE }, async ({ ready, stop, code }) => {
    assert.is(ready.model, 'stable')
    assert.is(ready.batching, true)
    assert.equal(await (await predict(ready)).json(), { prediction: [0] })
    assert.is((await fetch(`${ready.url}/readyz`)).status, 200)
    stop()
    assert.is(await code, 0)
    await rejects(predict(ready))
  }),
)

command('takes the model from the environment and names classes in the metrics', () => {
  const args = ['--classes', 'setosa,versicolor,virginica', '--name', 'iris']
  return withServer({ args, env: { MODEL_PATH: examplePath('iris/stable') } }, async ({ ready }) => {
    await predict(ready)
    const text = await (await fetch(`${ready.url}/metrics`)).text()
    assert.match(text, /^model_predictions_total\{output="label",class="setosa"\} 1$/m)
    assert.match(text, /^inference_requests_total\{endpoint="\/predict",code="200"\} 1$/m)
    assert.match(text, /^model_info\{model="iris",version="1",sha256="[0-9a-f]{64}"\} 1$/m)
  })
})

command('answers what is under way when it is stopped, connections still to be accepted too', () =>
  withServer({ args: SLOW }, async ({ ready, stop, code }) => {
    assert.equal(await statusesOf(20, ready, stop), { 200: 20 })
    assert.is(await code, 0)
  }),
)

command('goes on serving while load balancers notice that it is no longer ready', () =>
  withServer({ args: [...STABLE, '--drain-delay', '300ms'] }, async ({ ready, stop, code }) => {
    stop()
    assert.is((await fetch(`${ready.url}/readyz`)).status, 503)
    const answer = await predict(ready)
    assert.is(answer.status, 200)
    assert.is(answer.headers.get('connection'), 'close')
    assert.is(await code, 0)
  }),
)

command('cuts off what takes longer than the deadline, and says so', () =>
  withServer({ args: [...STABLE, '--drain-timeout', '50ms'] }, async ({ ready, stop, stderr, code }) => {
    const half = connect(ready.port, '127.0.0.1')
    half.on('error', () => half.destroy())
    half.write('POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{')
    await predict(ready)
    stop()
    assert.is(await code, 1)
    assert.match(stderr(), /some requests were not answered within 50 ms and were cut off/)
  }),
)

command('does not wait for connections that never carried a request', () =>
  withServer({ args: [...STABLE, '--drain-timeout', '20s'] }, async ({ ready, stop, code }) => {
    const unused = connect(ready.port, '127.0.0.1')
    const closed = once(unused, 'close')
    unused.resume()
    await predict(ready)
    stop()
    assert.is(await code, 0)
    await closed
  }),
)

command('stops when standard input ends, if told to', () =>
  withServer({ args: [...STABLE, '--exit-with-parent'] }, async ({ stdin, code }) => {
    stdin.end()
    assert.is(await code, 0)
  }),
)

command('refuses with 503 what does not fit into its queue', () =>
  withServer({ args: [...SLOW, '--max-queue', '2'] }, async ({ ready }) => {
    // Connections first: they are accepted one a turn, and then their requests come together.
    const probes = Array.from({ length: 20 }, () => fetch(`${ready.url}/healthz`))
    await Promise.all(probes.map(async (probe) => (await probe).text()))
    const statuses = await statusesOf(20, ready, () => undefined)
    assert.equal(Object.keys(statuses), ['200', '503'])
  }),
)

command('says a failure of the model once', () =>
  withServer({ args: ['--model', examplePath('iris/failing')] }, async ({ ready, stderr }) => {
    for (let i = 0; i < 3; i += 1) assert.is((await predict(ready, '{"inputs":[7,3,6.5,2]}')).status, 500)
    assert.is(stderr().match(/out of data bounds/g)?.length, 1)
  }),
)

command('refuses a port that is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  await rejects(
    withServer({ args: [...STABLE, '--port', String(port)] }, () => Promise.resolve()),
    {
      name: 'InputError',
      message: /^Cannot use address 127\.0\.0\.1:\d+: it cannot be listened on \(.*EADDRINUSE/,
    },
  )
  other.close()
})

command.run()

const processes = suite('modelgate runtime')

const ARGS = ['runtime', '--port', '0', '--host', '127.0.0.1', '--json']

async function ready({ child }: Running): Promise<Ready> {
  let text = ''
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
    text += chunk
    if (text.includes('\n')) break
  }
  return JSON.parse(text) as Ready
}

/** Starts a process, hands it over once it is ready, and kills it if it is still there. */
async function withProcess(
  args: readonly string[],
  use: (running: Running, line: Ready) => Promise<void>,
): Promise<void> {
  const running = startModelgate([...ARGS, ...args])
  try {
    await use(running, await ready(running))
  } finally {
    running.child.kill('SIGKILL')
    await running.finished
  }
}

processes('answers what is under way when SIGTERM comes, and ends by itself', () =>
  withProcess(SLOW, async ({ child, finished }, line) => {
    assert.equal(await statusesOf(20, line, () => child.kill('SIGTERM')), { 200: 20 })
    const { code, signal } = await finished
    assert.equal([code, signal], [0, null])
  }),
)

processes('ends when whoever started it has gone', () =>
  withProcess([...STABLE, '--exit-with-parent'], async ({ child, finished }) => {
    child.stdin!.end()
    const { code, signal } = await finished
    assert.equal([code, signal], [0, null])
  }),
)

processes('ends at once at the second signal', () =>
  withProcess([...STABLE, '--drain-delay', '60s'], async ({ child, finished }, { url }) => {
    child.kill('SIGINT')
    while ((await fetch(`${url}/readyz`)).status === 200) await sleep(5)
    child.kill('SIGINT')
    const { code, signal } = await finished
    assert.equal([code, signal], [null, 'SIGINT'])
  }),
)

processes('says to people where it listens', async () => {
  const running = startModelgate(['runtime', '--port', '0', '--host', '127.0.0.1', ...STABLE])
  const [text] = (await once(running.child.stdout!, 'data')) as [string]
  running.child.kill('SIGTERM')
  assert.match(text, /^modelgate runtime: listening on http:\/\/127\.0\.0\.1:\d+ \(model stable, ready in \d+ ms\)\n$/)
  assert.match(
    (await running.finished).stderr,
    /^model stable: input float32\[N,4\] -> .*; it runs on the server's thread, requests are batched\n$/,
  )
})

for (const [name, content, reason] of [
  ['text', 'not a model', 'expected an ONNX model that ONNX Runtime can load, it says "[^\\n]+"'],
  ['nothing', undefined, 'the file cannot be read \\(ENOENT[^\\n]+\\)'],
] as const) {
  processes(`ends with 2 and one sentence where the model is ${name}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'modelgate-runtime-'))
    try {
      const path = join(folder, 'bad.onnx')
      if (content !== undefined) writeFileSync(path, content)
      const { code, stdout, stderr } = await runModelgate([...ARGS, '--model', path])
      assert.is(code, 2)
      assert.is(stdout, '')
      assert.match(stderr, new RegExp(`^Cannot use model "${path}": ${reason}\\n$`))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}

processes('ends with 2 and every fault where options are wrong', async () => {
  const { code, stderr } = await runModelgate(['runtime', '--model', 'm.onnx', '--port', 'x', '--max-batch', '0'])
  assert.is(code, 2)
  assert.match(stderr, /2 faults\n {2}--port: .*\n {2}--max-batch: .*\n$/)
  assert.match((await runModelgate(['runtime', '--modle', 'x'])).stderr, /--modle/)
})

processes('explains itself with an example', async () => {
  const { code, stdout } = await runModelgate(['runtime', '--help'])
  assert.is(code, 0)
  assert.match(stdout, /Example:\n {2}modelgate runtime --model/)
})

processes.run()
