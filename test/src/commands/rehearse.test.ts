import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Verdict } from '#decision'
import type { CandidateSummary, RehearsalSummary } from '../../../src/rehearsal/summary.ts'
import { runModelgate, startModelgate, type Finished, type Running } from '../../support/modelgate.ts'
import { goneWithin, processesWith } from '../../support/processes.ts'
import { hasPrometheus, RealPrometheus, freePort } from '../../support/prometheus.ts'

const IRIS = fileURLToPath(new URL('../../../runtime/examples/iris/', import.meta.url))

/** Judges what a few seconds on any machine can show: no latencies. */
const POLICY = `
signals:
  errorRate: { max: 0.05, margin: 0.03 }
  predictionDrift: { max: 0.25 }
step: { soak: 1s, deadline: 60s, minRequests: 100 }
`

const ROLLOUT = `
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: iris }
spec:
  strategy:
    canary:
      steps:
        - setWeight: 40
        - pause: {}
        - setWeight: 60
        - pause: { duration: 1 }
        - analysis: { templates: [{ templateName: slo }] }
`

const COPIED = ['stable', 'good', 'swapped', 'failing', 'slow', 'other-signature']
  .map((name) => `${name}.onnx`)
  .concat('requests.jsonl')

/** Files of one rehearsal in a folder of their own, whose name is in the command line of every process of it. */
interface Workplace {
  readonly folder: string
  readonly path: (name: string) => string
  /** Arguments of a short rehearsal. */
  readonly args: (candidates: readonly string[], more?: readonly string[]) => string[]
  readonly summary: () => RehearsalSummary
}

async function inWorkplace(act: (workplace: Workplace) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-rehearse-'))
  const path = (name: string): string => join(folder, name)
  for (const name of COPIED) {
    copyFileSync(join(IRIS, name), path(name))
  }
  writeFileSync(path('policy.yaml'), POLICY)
  writeFileSync(path('rollout.yaml'), ROLLOUT)
  const args = (candidates: readonly string[], more: readonly string[] = []): string[] => [
    'rehearse',
    ...['--stable', path('stable.onnx'), '--requests', path('requests.jsonl')],
    ...['--rollout', path('rollout.yaml'), '--policy', path('policy.yaml')],
    ...candidates.flatMap((name) => ['--candidate', path(name)]),
    ...['--rate', '300/s', '--history', '1s', '--interval', '500ms', '--json', path('summary.json'), ...more],
  ]
  const summary = () => JSON.parse(readFileSync(path('summary.json'), 'utf8')) as RehearsalSummary
  try {
    await act({ folder, path, args, summary })
    assert.ok(await goneWithin(10_000, folder), `left running: ${JSON.stringify(processesWith(folder))}`)
  } finally {
    for (const { pid } of processesWith(folder)) process.kill(pid, 'SIGKILL')
    rmSync(folder, { recursive: true })
  }
}

/** Waits until the rehearsal has said something. */
async function untilSaid({ child, finished }: Running, pattern: RegExp): Promise<void> {
  let said = ''
  child.stderr?.on('data', (text: string) => (said += text))
  const ended = finished.then((end) => {
    throw new Error(`ended before it said ${String(pattern)}: ${end.stderr}`)
  })
  const waiting = (async () => {
    while (!pattern.test(said)) await sleep(20)
  })()
  await Promise.race([waiting, ended])
}

function only({ rehearsals: [first, ...others] }: RehearsalSummary): CandidateSummary {
  assert.is(others.length, 0)
  if (first === undefined) throw new Error('expected a rehearsal, received none')
  return first
}

const test = suite('rehearse')

test('promotes a good candidate, aborts one that fails, and leaves everything it was asked for', async () => {
  await inWorkplace(async ({ path, args, summary }) => {
    const more = ['--report', path('report.html'), '--evidence', path('evidence.jsonl'), '--stable-pods', '2']
    const { code, stdout, stderr } = await runModelgate(args(['good.onnx', 'failing.onnx'], more))
    assert.is(code, 1, stderr)
    const { outcome, rehearsals } = summary()
    assert.is(outcome, 'aborted')
    assert.equal(
      rehearsals.map((rehearsal) => [rehearsal.candidate, rehearsal.outcome]),
      [
        ['good.onnx', 'promoted'],
        ['failing.onnx', 'aborted'],
      ],
    )
    const [good, failing] = rehearsals
    assert.ok(good?.steps.every(({ state }) => state === 'passed'))
    assert.ok(good?.arms.canary.errors === 0 && good.arms.canary.requests > 200)
    assert.match(failing?.reason ?? '', /^canary fails \d/)
    assert.match(stdout, /good\.onnx +promoted/)
    assert.match(stdout, /failing\.onnx +aborted/)
    assert.match(readFileSync(path('report.html'), 'utf8'), /<html/)
    await assertReplays(path('policy.yaml'), path('evidence-good.jsonl'), good)
    await assertReplays(path('policy.yaml'), path('evidence-failing.jsonl'), failing)
  })
})

/** The recorded windows, evaluated offline, give the very verdicts that the rehearsal came to. */
async function assertReplays(policy: string, evidence: string, rehearsal: CandidateSummary | undefined): Promise<void> {
  assert.ok(rehearsal)
  const { code, stdout } = await runModelgate(['evaluate', '--policy', policy, '--evidence', evidence, '--json'])
  const verdicts = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Verdict)
  assert.equal(
    verdicts.map(({ weight, verdict, logE }) => ({ weight, verdict, logE })),
    rehearsal.looks.map(({ weight, verdict, logE }) => ({ weight, verdict, logE })),
  )
  assert.equal(verdicts.at(-1), rehearsal.verdict)
  assert.is(code, rehearsal.outcome === 'promoted' ? 0 : 1)
}

test('stops a candidate that swaps two labels before its first user, and shows on which inputs', async () => {
  await inWorkplace(async ({ path, args, summary }) => {
    writeFileSync(path('policy.yaml'), POLICY.replace('signals:', 'signals:\n  shadow: { maxDisagreement: 0.02 }'))
    const more = ['--history', '20s', '--classes', 'setosa,versicolor,virginica', '--report', path('report.html')]
    const explained = ['--shadow-slice', 'input:input[3]', '--shadow-noise', '1']
    const { code, stderr } = await runModelgate(
      args(['swapped.onnx'], [...more, ...explained, '--evidence', path('evidence.jsonl'), '--pods', '2']),
    )
    assert.is(code, 1, stderr)
    const swapped = only(summary())
    assert.match(swapped.reason, /^the models disagree on \d+ % of the same inputs .* before the canary had traffic$/)
    assert.is(swapped.arms.canary.requests, 0)
    assert.ok(swapped.steps.every(({ state }) => state === 'skipped'))
    assert.equal(swapped.shadow?.flips.map(({ stable, canary }) => `${stable} ${canary}`).toSorted(), [
      'versicolor virginica',
      'virginica versicolor',
    ])
    assert.ok(swapped.shadow?.examples.some(({ inputs }) => inputs?.['input']?.length === 4))
    assertExplained(swapped)
    const report = readFileSync(path('report.html'), 'utf8')
    assert.match(report, 'Labels that flipped')
    assert.match(report, 'The same inputs by slice')
    assert.match(report, /stable contradicts itself on 0 of [1-9]/)
    await assertReplays(path('policy.yaml'), path('evidence.jsonl'), swapped)
  })
})

/** Setosas, whose petals are 0.2 wide, are answered as before; the others' labels are swapped. Stable does not contradict itself. */
function assertExplained({ shadow, verdict }: CandidateSummary): void {
  const shareOf = (width: RegExp) => {
    const slices = shadow?.slices.filter(({ slice }) => width.test(slice)) ?? []
    const sum = (name: 'pairs' | 'disagreements') => slices.reduce((total, counts) => total + counts[name], 0)
    return sum('disagreements') / sum('pairs')
  }
  assert.is(shareOf(/^0\.2/), 0)
  assert.ok(shareOf(/^[12]/) > 0.95, JSON.stringify(shadow?.slices))
  assert.ok((shadow?.noise?.pairs ?? 0) > 20 && shadow?.noise?.disagreements === 0, JSON.stringify(shadow?.noise))
  const report = verdict?.signals.shadow
  assert.equal([report?.slices?.length, report?.noise?.pairs], [3, shadow.noise.pairs])
}

test('shows the comparison where the policy does not judge it, and makes none where it is told not to', async () => {
  await inWorkplace(async ({ args, summary, path }) => {
    const { code, stderr } = await runModelgate(args(['good.onnx'], ['--evidence', path('evidence.jsonl')]))
    assert.is(code, 0, stderr)
    const { shadow, verdict } = only(summary())
    assert.ok((shadow?.pairs ?? 0) > 200 && (shadow?.disagreements ?? 0) < 10)
    assert.is(verdict?.signals.shadow, undefined)
    assert.match(readFileSync(path('evidence.jsonl'), 'utf8'), /"shadow":\{"pairs":\d+/)
    const alone = await runModelgate(args(['good.onnx'], ['--shadow-share', '0']))
    assert.is(alone.code, 0, alone.stderr)
    assert.is(only(summary()).shadow, null)
  })
})

test('aborts a candidate that gives the same answers later', async () => {
  await inWorkplace(async ({ path, args, summary }) => {
    writeFileSync(path('policy.yaml'), POLICY.replace('signals:', 'signals:\n  latency: { max: 1s, tolerance: 2 }'))
    const { code, stderr } = await runModelgate(args(['slow.onnx']))
    assert.is(code, 1, stderr)
    assert.match(only(summary()).reason, /canary takes .* at p95|canary's requests .* take more than/)
  })
})

for (const [signal, end] of [
  ['SIGKILL', /^candidate process was ended by SIGKILL; canary fails \d/],
  ['SIGSTOP', /^canary fails \d/],
] as const) {
  test(`aborts a candidate whose process gets ${signal} in the middle`, async () => {
    await inWorkplace(async ({ args, summary, path }) => {
      const running = startModelgate(args(['good.onnx'], ['--timeout', '1s']))
      await untilSaid(running, /step 2 of 5/)
      const [candidate] = processesWith(path('good.onnx')).filter(({ commandLine }) =>
        commandLine.includes(' runtime '),
      )
      assert.ok(candidate)
      process.kill(candidate.pid, signal)
      const { code, stderr } = await running.finished
      assert.is(code, 1, stderr)
      assert.match(only(summary()).reason, end)
    })
  })
}

test('is undecided, not an abort, when stable dies', async () => {
  await inWorkplace(async ({ args, summary, path }) => {
    const running = startModelgate(args(['good.onnx']))
    await untilSaid(running, /step 2 of 5/)
    const [stable] = processesWith(path('stable.onnx')).filter(({ commandLine }) => commandLine.includes(' runtime '))
    assert.ok(stable)
    process.kill(stable.pid, 'SIGKILL')
    const { code } = await running.finished
    assert.is(code, 3)
    assert.match(only(summary()).reason, /^stable process was ended by SIGKILL: there is nothing to compare with/)
  })
})

test('rehearses a model against itself and writes the outcome to standard output', async () => {
  await inWorkplace(async ({ args, path }) => {
    const { code, stdout } = await runModelgate(args(['stable.onnx'], ['--json', '-']))
    assert.is(code, 0)
    assert.not(existsSync(path('summary.json')))
    const { arms } = only(JSON.parse(stdout) as RehearsalSummary)
    assert.is.not(arms.stable.podTemplateHash, arms.canary.podTemplateHash)
  })
})

for (const moment of [/^/, /rehearsal of iris/, /requests to stable|continue/, /step 2 of 5/]) {
  test(`leaves nothing running after Ctrl-C at ${String(moment)}`, async () => {
    await inWorkplace(async ({ args, folder }) => {
      const running = startModelgate(args(['good.onnx', 'failing.onnx']))
      await untilSaid(running, moment)
      running.child.kill('SIGINT')
      const { code, signal } = await running.finished
      // Before the program has begun to listen the signal itself ends it.
      assert.ok(code === 130 || signal === 'SIGINT', `code ${code}, signal ${signal}`)
      assert.equal(processesWith(folder), [])
    })
  })
}

test('leaves nothing running when it is killed', async () => {
  await inWorkplace(async ({ args, folder }) => {
    const running = startModelgate(args(['good.onnx']))
    await untilSaid(running, /step 2 of 5/)
    assert.is(processesWith(folder).length, 3)
    running.child.kill('SIGKILL')
    assert.is((await running.finished).signal, 'SIGKILL')
    assert.ok(await goneWithin(15_000, folder))
  })
})

test('refuses bad inputs with one message that has every fault of all of them, and starts nothing', async () => {
  await inWorkplace(async ({ args, path, folder }) => {
    writeFileSync(path('requests.jsonl'), '{"inputs":[5.1,3.5,1.4,0.2]}\n{"inputs":[5.1,"x",1.4]}\n{"inputs":\n')
    writeFileSync(path('policy.yaml'), 'signals: { errorRate: { max: 2 } }\nstepp: {}\nstep: { soak: 5 minutes }\n')
    writeFileSync(
      path('rollout.yaml'),
      ROLLOUT.replace('setWeight: 40', 'setWeight: 120').replace('duration: 1', 'duration: soon'),
    )
    writeFileSync(path('text.onnx'), 'this is no model')
    const nobody = `http://127.0.0.1:${await freePort()}`
    const more = ['--prometheus', nobody, '--report', join(folder, 'no', 'such', 'folder.html')]
    const { code, stdout, stderr } = await runModelgate(
      args(['other-signature.onnx', 'text.onnx', 'missing.onnx'], more),
    )
    assert.is(code, 2)
    assert.is(stdout, '')
    for (const expected of [
      /^Cannot use the inputs of the rehearsal: \d+ faults\n/,
      /candidate ".*other-signature\.onnx": stable takes and gives: input float32\[N,4\]/,
      /candidate ".*other-signature\.onnx": candidate takes and gives: input float32\[N,5\]/,
      /candidate ".*text\.onnx": expected an ONNX model/,
      /candidate ".*missing\.onnx": .*ENOENT/,
      /rollout ".*": line 9: spec\.strategy\.canary\.steps\[0\]\.setWeight: expected .*, received 120/,
      /rollout ".*": line 12: spec\.strategy\.canary\.steps\[3\]\.pause\.duration: expected .*, received "soon"/,
      /policy ".*": signals\.errorRate\.max: expected a fraction above 0 and below 1, received 2/,
      /policy ".*": unknown key "stepp"/,
      /policy ".*": step\.soak: expected a duration such as "30s", received "5 minutes"/,
      /requests ".*": line 2: inputs/,
      /requests ".*": line 3: expected JSON/,
      /--report: expected a file that can be written/,
      /--prometheus "http:\/\/127\.0\.0\.1:\d+": .*ECONNREFUSED/,
    ]) {
      assert.match(stderr, expected)
    }
    assert.equal(processesWith(folder), [])
  })
})

test('asks for a policy when neither a file nor the manifest has one', async () => {
  await inWorkplace(async ({ args, path }) => {
    const all = args(['good.onnx'])
    const place = all.indexOf('--policy')
    const { code, stderr } = await runModelgate([...all.slice(0, place), ...all.slice(place + 2)])
    assert.is(code, 2)
    assert.match(
      stderr,
      `rollout "${path('rollout.yaml')}": expected an AnalysisTemplate with provider.plugin."modelgate/slo"`,
    )
    assert.match(stderr, '--policy')
  })
})

for (const [what, change, expected] of [
  ['an unknown option', ['--polcy', 'x'], "unknown option '--polcy'"],
  ['a stray argument', ['extra'], 'received "extra"'],
  ['a bad rate', ['--rate', 'fast'], '--rate: expected requests per second'],
] as const) {
  test(`refuses ${what}`, async () => {
    await inWorkplace(async ({ args }) => {
      const { code, stderr } = await runModelgate([...args(['good.onnx']), ...change])
      assert.is(code, 2)
      assert.match(stderr, expected)
    })
  })
}

test.run()

if (hasPrometheus()) {
  const prometheusTest = suite('rehearse --prometheus')

  prometheusTest('takes its evidence from a real Prometheus, comparisons before the first step included', async () => {
    await inWorkplace(async ({ args, path, summary }) => {
      writeFileSync(path('policy.yaml'), POLICY.replace('signals:', 'signals:\n  shadow: { maxDisagreement: 0.02 }'))
      const prometheus = await RealPrometheus.start([], 1_000)
      try {
        const more = [
          '--prometheus',
          prometheus.address,
          '--prometheus-targets',
          path('targets.json'),
          '--interval',
          '1s',
          '--history',
          '4s',
        ]
        const running = startModelgate(args(['good.onnx'], [...more, '--evidence', path('evidence.jsonl')]))
        const relay = relayTargets(path('targets.json'), prometheus, running.finished)
        const { code, stderr } = await running.finished
        await relay
        assert.is(code, 0, stderr)
        const good = only(summary())
        assert.is(good.outcome, 'promoted')
        assert.match(readFileSync(path('evidence.jsonl'), 'utf8'), /"weight":0,.*"shadow":\{"pairs":[1-9]/)
        assert.ok(good.arms.canary.requests > 200 && good.arms.stable.requests > good.arms.canary.requests / 2)
        await assertReplays(path('policy.yaml'), path('evidence.jsonl'), good)
        assert.not(existsSync(path('targets.json')))
      } finally {
        await prometheus.stop()
      }
    })
  })

  prometheusTest('shows what to add when Prometheus does not scrape the pods', async () => {
    await inWorkplace(async ({ args, path }) => {
      const prometheus = await RealPrometheus.start([], 1_000)
      try {
        const more = ['--prometheus', prometheus.address, '--prometheus-targets', path('targets.json')]
        const { code, stderr } = await runModelgate(args(['good.onnx'], [...more, '--prometheus-patience', '1s']))
        assert.is(code, 2)
        assert.match(stderr, /expected it to scrape the rehearsed pods/)
        assert.match(stderr, `file_sd_configs:\n          - files: ['${path('targets.json')}']`)
      } finally {
        await prometheus.stop()
      }
    })
  })

  prometheusTest.run()
}

/** Prometheus here watches a file in its own folder; hands on what the rehearsal writes into its file. */
async function relayTargets(file: string, prometheus: RealPrometheus, finished: Promise<Finished>): Promise<void> {
  const end = new AbortController()
  void finished.then(() => {
    end.abort()
  })
  let known = ''
  while (!end.signal.aborted) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : known
    if (text !== known) {
      known = text
      const groups = JSON.parse(text) as { targets: string[]; labels: Record<string, string> }[]
      await prometheus.setTargets(
        groups.flatMap(({ targets, labels }) => targets.map((address) => ({ address, labels }))),
      )
    }
    await sleep(50)
  }
}
