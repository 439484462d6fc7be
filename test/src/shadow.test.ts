import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ComparatorReport } from '#runtime'
import { startModelgate, type Running } from '../support/modelgate.ts'
import { freePort } from '../support/prometheus.ts'
import { examplePath, withFolder } from '../runtime/builders.ts'

const BODIES = [
  '{"inputs":[5.1,3.5,1.4,0.2]}',
  '{"inputs":[6.1,2.8,4.0,1.3]}',
  '{"inputs":[[7.7,2.6,6.9,2.2],[5.1,3.5,1.4,0.2]]}',
]

/** A real model server in a process of its own. */
interface Pod {
  readonly running: Running
  readonly url: string
  /** The value of a series of its metrics, labels and all as they are written; 0 where it is absent. */
  metric(series: string): Promise<number>
  kill(signal: NodeJS.Signals): void
}

async function withPods(
  use: (start: (model: string, ...args: string[]) => Promise<Pod>) => Promise<void>,
): Promise<void> {
  const pods: Running[] = []
  const start = async (model: string, ...args: string[]): Promise<Pod> => {
    const fast = ['--executor', 'inline', '--warm-up', '20ms']
    const served = ['--port', '0', '--host', '127.0.0.1', '--json', '--exit-with-parent', ...fast]
    const running = startModelgate(['runtime', '--model', examplePath(`iris/${model}`), ...served, ...args])
    pods.push(running)
    const { url } = await readReady(running)
    const metric = async (series: string): Promise<number> => {
      const page = await (await fetch(`${url}/metrics`)).text()
      const line = page.split('\n').find((text) => text.startsWith(`${series} `))
      return Number(line?.slice(series.length) ?? 0)
    }
    return { running, url, metric, kill: (signal) => void process.kill(serverOf(running), signal) }
  }
  try {
    await use(start)
  } finally {
    for (const { child } of pods) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await Promise.all(pods.map(({ finished }) => finished))
  }
}

async function readReady({ child, finished }: Running): Promise<{ readonly url: string }> {
  const lines = createInterface({ input: child.stdout! })
  const ended = finished.then(({ stderr }) => {
    throw new Error(`the server ended: ${stderr}`)
  })
  const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string]
  return JSON.parse(line) as { url: string }
}

function serverOf({ child }: Running): number {
  if (child.pid === undefined) throw new Error('Cannot find the server: it was not started')
  return child.pid
}

/** Sends requests and returns how often each status came. */
async function load({ url }: Pod, requests: number): Promise<Record<number, number>> {
  const statuses: Record<number, number> = {}
  for (let i = 0; i < requests; i += 1) {
    const { status } = await fetch(`${url}/predict`, { method: 'POST', body: BODIES[i % BODIES.length]! })
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  return statuses
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400; i += 1) {
    if (await holds()) return
    await sleep(50)
  }
  throw new Error(`it did not come to that: ${what}`)
}

async function reportOf({ url }: Pod): Promise<ComparatorReport> {
  return (await (await fetch(`${url}/shadow/examples`)).json()) as ComparatorReport
}

const COMPARING = ['--shadow-accept', '--shadow-examples', '10', '--classes', 'setosa,versicolor,virginica']

const test = suite('shadowing between processes')

test('compares copies of what stable answered, and counts them as nothing else', async () => {
  await withPods(async (start) => {
    const canary = await start('swapped', ...COMPARING)
    const stable = await start('stable', '--shadow-to', canary.url, '--shadow-share', '1', '--shadow-noise', '1')
    assert.equal(await load(stable, 60), { 200: 60 })
    // A third of the requests has two rows.
    await until('80 pairs', async () => (await canary.metric('shadow_pairs_total')) === 80)
    assert.is(await canary.metric('shadow_disagreements_total'), 40)
    const flips = 'shadow_label_flips_total{output="label",stable="virginica",canary="versicolor"}'
    assert.is(await canary.metric(flips), 20)
    assert.is(await canary.metric('inference_requests_total{endpoint="/predict",code="200"}'), 0)
    assert.is(await canary.metric('inference_latency_seconds_count{endpoint="/predict"}'), 0)
    assert.is(await canary.metric('model_predictions_total{output="label",class="setosa"}'), 0)
    assert.is(await stable.metric('shadow_sent_total'), 80)
    assert.ok((await stable.metric('shadow_noise_pairs_total')) > 0)
    assert.is(await stable.metric('shadow_noise_disagreements_total'), 0)
    const { examples } = await reportOf(canary)
    assert.equal(examples.find(({ flip }) => flip?.stable === 'virginica')?.inputs, { input: [7.7, 2.6, 6.9, 2.2] })
  })
})

test('compares only what comes with the token, where there is one', async () => {
  await withFolder(async (folder) => {
    const path = join(folder, 'token')
    writeFileSync(path, `${'s3cret'.repeat(4)}\n`)
    await withPods(async (start) => {
      const canary = await start('swapped', ...COMPARING, '--shadow-token-file', path)
      const stranger = await start('stable', '--shadow-to', canary.url, '--shadow-share', '1')
      assert.equal(await load(stranger, 3), { 200: 3 })
      await until('refused copies', async () => (await stranger.metric('shadow_unsent_total{reason="refused"}')) === 4)
      assert.is((await fetch(`${canary.url}/shadow/examples`)).status, 401)
      assert.is(await canary.metric('shadow_pairs_total'), 0)
      const knowing = await start(
        'stable',
        '--shadow-to',
        canary.url,
        '--shadow-share',
        '1',
        '--shadow-token-file',
        path,
      )
      assert.equal(await load(knowing, 3), { 200: 3 })
      await until('pairs', async () => (await canary.metric('shadow_pairs_total')) === 4)
    })
  })
})

test('leaves stable as it was when the canary is killed, and finds the next one', async () => {
  await withPods(async (start) => {
    const port = await freePort()
    const canary = await start('good', ...COMPARING, '--port', String(port))
    const stable = await start('stable', '--shadow-to', canary.url, '--shadow-share', '1')
    await load(stable, 10)
    await until('pairs', async () => (await canary.metric('shadow_pairs_total')) > 0)
    canary.kill('SIGKILL')
    await canary.running.finished
    assert.equal(await load(stable, 200), { 200: 200 })
    assert.ok((await stable.metric('shadow_unsent_total{reason="away"}')) > 0)
    const next = await start('good', ...COMPARING, '--port', String(port))
    await until('pairs again', async () => {
      assert.equal(await load(stable, 3), { 200: 3 })
      return (await next.metric('shadow_pairs_total')) > 0
    })
  })
})

test('leaves stable as it was when the canary stops reading', async () => {
  await withPods(async (start) => {
    const canary = await start('good', ...COMPARING)
    const stable = await start('stable', '--shadow-to', canary.url, '--shadow-share', '1')
    canary.kill('SIGSTOP')
    assert.equal(await load(stable, 300), { 200: 300 })
    await until('a delivery is given up', async () => {
      assert.equal(await load(stable, 3), { 200: 3 })
      return (await stable.metric('shadow_unsent_total{reason="away"}')) > 0
    })
    canary.kill('SIGCONT')
  })
})

test('counts every input of a candidate with another signature, and says why', async () => {
  await withPods(async (start) => {
    const canary = await start('other-signature', ...COMPARING)
    const stable = await start('stable', '--shadow-to', canary.url, '--shadow-share', '1')
    assert.equal(await load(stable, 30), { 200: 30 })
    await until('40 pairs', async () => (await canary.metric('shadow_pairs_total')) === 40)
    assert.is(await canary.metric('shadow_disagreements_total'), 40)
    assert.is(await canary.metric('shadow_causes_total{cause="signature"}'), 40)
    const { examples } = await reportOf(canary)
    assert.match(examples[0]?.reasons[0] ?? '', "another signature: input 'input' is float32[N,5] in candidate")
    canary.kill('SIGTERM')
    const { stderr } = await canary.running.finished
    assert.is(stderr.match(/all count as disagreements/g)?.length, 1)
  })
})

for (const [model, series, cause, expected] of [
  ['nan', 'shadow_disagreements_total', 'nan', 1],
  ['failing', 'shadow_errors_total{side="canary"}', 'failed', 20],
] as const) {
  test(`tells of a candidate that is ${model}`, async () => {
    await withPods(async (start) => {
      const canary = await start(model, ...COMPARING)
      const stable = await start('stable', '--shadow-to', canary.url, '--shadow-share', '1')
      assert.equal(await load(stable, 30), { 200: 30 })
      await fetch(`${stable.url}/predict`, { method: 'POST', body: '{"inputs":[6.3,3.4,5.6,2.4]}' })
      await until('41 pairs', async () => (await canary.metric('shadow_pairs_total')) === 41)
      assert.is(await canary.metric(series), expected)
      assert.is(await canary.metric(`shadow_causes_total{cause="${cause}"}`), expected)
      // The server is unharmed.
      assert.equal(await load(canary, 2), { 200: 2 })
    })
  })
}

test('compares no pods of one release', async () => {
  await withPods(async (start) => {
    const pod = await start('good', ...COMPARING, '--shadow-identity', 'v2')
    const other = await start('stable', '--shadow-to', pod.url, '--shadow-share', '1', '--shadow-identity', 'v2')
    await load(other, 20)
    await until('a refusal', async () => (await other.metric('shadow_unsent_total{reason="same"}')) > 0)
    assert.is(await pod.metric('shadow_pairs_total'), 0)
  })
})

test('compares what a router mirrors with the model of stable, and counts no request', async () => {
  await withPods(async (start) => {
    const examples = ['--shadow-examples', '10', '--classes', 'setosa,versicolor,virginica']
    const pod = await start('swapped', '--shadow-stable', examplePath('iris/stable'), ...examples)
    assert.equal(await load(pod, 60), { 200: 60 })
    const infer = '{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","data":[7.7,2.6,6.9,2.2]}]}'
    const { status } = await fetch(`${pod.url}/v2/models/swapped/infer`, { method: 'POST', body: infer })
    assert.is(status, 200)
    await until('81 pairs', async () => (await pod.metric('shadow_pairs_total')) === 81)
    assert.is(await pod.metric('shadow_disagreements_total'), 41)
    const flips = 'shadow_label_flips_total{output="label",stable="virginica",canary="versicolor"}'
    assert.is(await pod.metric(flips), 21)
    const page = await (await fetch(`${pod.url}/metrics`)).text()
    const counts = [...page.matchAll(/^(?:inference_requests_total|inference_latency|model_prediction)\S* (\S+)$/gm)]
    assert.ok(counts.length > 3)
    assert.equal(
      counts.filter(([, count]) => count !== '0'),
      [],
    )
    assert.is((await reportOf(pod)).pairs, 81)
    assert.is((await fetch(`${pod.url}/shadow/compare`, { method: 'POST', body: 'x' })).status, 404)
    pod.kill('SIGTERM')
    assert.is((await pod.running.finished).code, 0)
  })
})

test('says at the start that a mirrored candidate has another signature than stable', async () => {
  await withPods(async (start) => {
    const pod = await start('other-signature', '--shadow-stable', examplePath('iris/stable'))
    const body = '{"inputs":[5.1,3.5,1.4,0.2,1]}'
    assert.is((await fetch(`${pod.url}/predict`, { method: 'POST', body })).status, 200)
    await until('a pair', async () => (await pod.metric('shadow_disagreements_total')) === 1)
    pod.kill('SIGTERM')
    assert.is((await pod.running.finished).stderr.match(/all count as disagreements/g)?.length, 1)
  })
})

test('counts by the tolerances of the policy that both sides of the gate read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-shadow-'))
  const policyOf = (text: string): string => {
    const path = join(folder, `${text.replaceAll(/\W/g, '')}.yaml`)
    writeFileSync(path, `signals: { shadow: { tolerances: { probabilities: { absolute: ${text} } } } }`)
    return path
  }
  try {
    await withPods(async (start) => {
      for (const [absolute, expected] of [
        ['0', 1],
        ['0.5', 0],
      ] as const) {
        const args = ['--shadow-stable', examplePath('iris/stable'), '--shadow-policy', policyOf(absolute)]
        const pod = await start('good', ...args)
        await fetch(`${pod.url}/predict`, { method: 'POST', body: '{"inputs":[6.3,2.7,4.9,1.8]}' })
        await until('a pair', async () => (await pod.metric('shadow_pairs_total')) === 1)
        assert.is(await pod.metric('shadow_disagreements_total'), expected)
      }
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('does not start with a tolerance for an output that the model lacks', async () => {
  const args = ['--shadow-tolerances', '{"price":{"absolute":1}}']
  const { code, stderr } = await startModelgate(['runtime', '--model', examplePath('iris/good'), ...args]).finished
  assert.is(code, 2)
  assert.match(stderr, /--shadow-tolerances: price: expected an output of a model served here \(label, probabilities\)/)
})

test('does not start where the model of stable cannot be loaded', async () => {
  const running = startModelgate(['runtime', '--model', examplePath('iris/good'), '--shadow-stable', '/none.onnx'])
  const { code, stderr } = await running.finished
  assert.is(code, 2)
  assert.match(stderr, '/none.onnx')
})

test('answers 404 where comparing was not turned on, and shows no metric of it', async () => {
  await withPods(async (start) => {
    const pod = await start('stable')
    assert.is((await fetch(`${pod.url}/shadow/compare`, { method: 'POST', body: 'x' })).status, 404)
    assert.is((await fetch(`${pod.url}/shadow/examples`)).status, 404)
    assert.not.match(await (await fetch(`${pod.url}/metrics`)).text(), /shadow_/)
  })
})

test.run()
