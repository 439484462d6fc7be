import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startModelgate, type Running } from '../../support/modelgate.ts'
import { examplePath, withFolder, withModelFile } from '../../runtime/builders.ts'
import { loopingModel, perceptron } from '../../runtime/onnx-model.ts'

/** A server in a process of its own. */
interface Server extends Running {
  readonly url: string
}

const ARGS = ['runtime', '--port', '0', '--host', '127.0.0.1', '--json', '--warm-up', '20ms']
const HANG = '{"inputs":[1e15]}'
const IRIS = '{"inputs":[6.7,3.0,5.2,2.3]}'

/** Starts a server, hands it over once it is ready, and kills it if it is still there. */
async function withServer(args: readonly string[], use: (server: Server) => Promise<void>): Promise<void> {
  const running = startModelgate([...ARGS, ...args])
  try {
    let text = ''
    for await (const chunk of running.child.stdout!.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
      text += chunk
      if (text.includes('\n')) break
    }
    const { url } = JSON.parse(text) as { url: string }
    await use({ ...running, url })
  } finally {
    running.child.kill('SIGKILL')
    await running.finished
  }
}

async function post(url: string, body: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(url, { method: 'POST', body })
  return { status: response.status, text: await response.text() }
}

function metrics({ url }: Server): Promise<string> {
  return fetch(`${url}/metrics`).then((response) => response.text())
}

async function untilMetric(server: Server, pattern: RegExp): Promise<void> {
  while (!pattern.test(await metrics(server))) await sleep(20)
}

/** Ids of the processes that a process has started. */
function childrenOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).map((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8'),
  )
  return children.flatMap((text) => text.split(' ').filter(Boolean).map(Number))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}

const shutdown = suite('modelgate runtime, when it is stopped')

shutdown('answers the run under way on a thread, and ends by itself', () =>
  withServer(['--model', examplePath('iris/slow'), '--executor', 'thread', '--max-batch', '1'], async (server) => {
    const answers = Array.from({ length: 20 }, () => post(`${server.url}/predict`, IRIS))
    await answers[0]
    server.child.kill('SIGTERM')
    for (const { status } of await Promise.all(answers)) assert.is(status, 200)
    const { code, signal, stderr } = await server.finished
    assert.equal([code, signal, stderr], [0, null, ''])
  }),
)

shutdown('ends even where a model hangs on a thread', () =>
  withModelFile(loopingModel(), (path) =>
    withServer(['--model', path, '--executor', 'thread', '--drain-timeout', '200ms'], async (server) => {
      const hanging = post(`${server.url}/predict`, HANG).catch(() => ({ status: 0, text: '' }))
      await untilMetric(server, /^model_queue_seconds_count\{.*\} [1-9]/m)
      server.child.kill('SIGTERM')
      const { signal, stderr } = await server.finished
      assert.is(signal, 'SIGKILL')
      assert.match(stderr, /a model hangs and cannot be stopped: the process ends at once\n$/)
      assert.is((await hanging).status, 0)
    }),
  ),
)

shutdown('takes the process of a hanging model along, also where it is killed itself', () =>
  withModelFile(loopingModel(), (path) =>
    withServer(['--model', path, '--executor', 'process', '--run-timeout', '60s'], async (server) => {
      const hanging = post(`${server.url}/predict`, HANG).catch(() => ({ status: 0, text: '' }))
      await untilMetric(server, /^model_queue_seconds_count\{.*\} [1-9]/m)
      const [child] = childrenOf(server.child.pid!)
      server.child.kill('SIGKILL')
      await server.finished
      await hanging
      for (let look = 0; look < 500 && isRunning(child!); look += 1) await sleep(20)
      assert.is(isRunning(child!), false)
    }),
  ),
)

shutdown.run()

const contained = suite('modelgate runtime with models in processes')

contained('kills a hanging model at its deadline, and the others go on', () =>
  withModelFile(loopingModel(), (path) => {
    const models = ['--model', `loop=${path}`, '--model', `iris=${examplePath('iris/stable')}`]
    return withServer([...models, '--executor', 'process', '--run-timeout', '500ms'], async (server) => {
      const hanging = post(`${server.url}/predict`, HANG)
      const tensors = '{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","data":[6.7,3.0,5.2,2.3]}]}'
      const other = await post(`${server.url}/v2/models/iris/infer`, tensors)
      assert.equal([other.status, (await hanging).status], [200, 500])
      assert.match((await hanging).text, /its process ended \(it gave no answer within 500 ms\)/)
      assert.equal(await post(`${server.url}/predict`, '{"inputs":[3]}'), { status: 200, text: '{"prediction":[3]}' })
      assert.match(await metrics(server), /^model_restarts_total\{model="loop",version="1",reason="deadline"\} 1$/m)
    })
  }),
)

contained('goes on when the process of the model is killed', () =>
  withServer(['--model', examplePath('iris/stable'), '--executor', 'process'], async (server) => {
    const [child] = childrenOf(server.child.pid!)
    process.kill(child!, 'SIGKILL')
    await untilMetric(server, /^model_restarts_total\{model="stable",version="1",reason="ended"\} 1$/m)
    assert.equal(await post(`${server.url}/predict`, IRIS), { status: 200, text: '{"prediction":[2]}' })
  }),
)

contained.run()

const swapping = suite('modelgate runtime, while models are exchanged')

/** Sends requests on kept connections until told to stop; how often each status came, broken connections as 0. */
function startLoad(url: string, connections: number): () => Promise<Record<number, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const statuses: Record<number, number> = {}
  let going = true
  const send = () =>
    new Promise<number>((resolve) => {
      const sent = request(`${url}/predict`, { agent, method: 'POST' }, (response) => {
        response.resume().on('end', () => {
          resolve(response.statusCode ?? 0)
        })
      })
      sent.on('error', () => {
        resolve(0)
      })
      sent.end(IRIS)
    })
  const loops = Array.from({ length: connections }, async () => {
    while (going) {
      const status = await send()
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  })
  return async () => {
    going = false
    await Promise.all(loops)
    agent.destroy()
    return statuses
  }
}

function replaceFile(path: string, content: Buffer): void {
  writeFileSync(`${path}.next`, content)
  renameSync(`${path}.next`, path)
}

function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!
  return Number(kilobytes) * 1_024
}

for (const [executor, swaps] of [
  ['auto', 20],
  ['thread', 5],
] as const) {
  swapping(`loses no request in ${swaps} swaps under load (executor ${executor})`, () =>
    withFolder((folder) => {
      const path = join(folder, 'iris.onnx')
      const contents = ['iris/stable', 'iris/swapped'].map((name) => readFileSync(examplePath(name)))
      replaceFile(path, contents[0]!)
      return withServer(['--model', path, '--executor', executor, '--reload-interval', '10ms'], async (server) => {
        const stop = startLoad(server.url, 8)
        for (let swap = 1; swap <= swaps; swap += 1) {
          replaceFile(path, contents[swap % 2]!)
          await untilMetric(server, new RegExp(`^model_swaps_total\\{.*outcome="replaced"\\} ${swap}$`, 'm'))
        }
        const statuses = await stop()
        assert.equal(Object.keys(statuses), ['200'])
        assert.ok(statuses[200]! > swaps, `${statuses[200]} answers`)
      })
    }),
  )
}

swapping('takes up no more memory with each swap', () =>
  withFolder((folder) => {
    const path = join(folder, 'perceptron.onnx')
    const contents = [1, 2].map((seed) => perceptron([784, 1_000, 1_000, 10], seed))
    replaceFile(path, contents[0]!)
    return withServer(['--model', path, '--executor', 'inline', '--reload-interval', '10ms'], async (server) => {
      const swapTo = async (swap: number) => {
        replaceFile(path, contents[swap % 2]!)
        await untilMetric(server, new RegExp(`^model_swaps_total\\{.*outcome="replaced"\\} ${swap}$`, 'm'))
        return residentBytes(server.child.pid!)
      }
      const sizes: number[] = []
      for (let swap = 1; swap <= 24; swap += 1) sizes.push(await swapTo(swap))
      const growth = sizes.at(-1)! - Math.max(...sizes.slice(0, 8))
      assert.ok(growth < 3 * contents[0]!.length, `grew by ${growth} bytes: ${sizes.join(', ')}`)
    })
  }),
)

swapping.run()
