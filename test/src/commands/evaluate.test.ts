import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Verdict, Window } from '#decision'
import { runModelgate, type Finished } from '../../support/modelgate.ts'

const POLICY = `
signals:
  errorRate: { max: 0.05 }
step: { soak: 30s, deadline: 10m, minRequests: 200 }
`

/** Twelve windows of 10 s at one weight, the given number of canary errors in each. */
function windows(canaryErrors: number, weight = 10): Window[] {
  return Array.from({ length: 12 }, (_, k) => ({
    at: new Date(Date.UTC(2026, 0, 1, 0, 0, 10 * (k + 1))).toISOString(),
    weight,
    canary: { requests: 200, errors: canaryErrors },
    stable: { requests: 1_800, errors: 4 },
  }))
}

const lines = (evidence: readonly Window[]) => evidence.map((window) => JSON.stringify(window)).join('\n')

async function evaluate(evidence: string, policy = POLICY, extra: readonly string[] = []): Promise<Finished> {
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-evaluate-'))
  try {
    writeFileSync(join(folder, 'policy.yaml'), policy)
    return await runModelgate(['evaluate', '--policy', join(folder, 'policy.yaml'), ...extra], { stdin: evidence })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const verdictsOf = ({ stdout }: Finished) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Verdict)

const test = suite('evaluate')

test('promotes a canary that is as good as stable', async () => {
  const { code, stdout } = await evaluate(lines(windows(0)))
  assert.is(code, 0, stdout)
  assert.match(stdout, / pass /)
})

test('divides the times of the policy as the rehearsal did that recorded the evidence', async () => {
  const slow = POLICY.replace('soak: 30s', 'soak: 5m')
  assert.is((await evaluate(lines(windows(0)), slow)).code, 3)
  const { code, stdout } = await evaluate(lines(windows(0)), slow, ['--time-scale', '10'])
  assert.is(code, 0, stdout)
})

test('aborts a canary that fails more often, and stays with it', async () => {
  const finished = await evaluate(lines([...windows(30), ...windows(0, 30)].map(renumber)), POLICY, ['--json'])
  assert.is(finished.code, 1)
  const verdicts = verdictsOf(finished).map(({ verdict }) => verdict)
  const first = verdicts.indexOf('fail')
  assert.ok(first > 0 && first < 6, `failed at window ${first}`)
  assert.ok(verdicts.slice(first).every((verdict) => verdict === 'fail'))
})

test('ends undecided when the evidence does not suffice', async () => {
  const { code } = await evaluate(lines(windows(0).slice(0, 1)))
  assert.is(code, 3)
})

test('prints one verdict a window as JSON, the same bytes every time', async () => {
  const [first, second] = await Promise.all([1, 2].map(() => evaluate(lines(windows(1)), POLICY, ['--json'])))
  assert.ok(first !== undefined && second !== undefined)
  assert.is(first.stdout, second.stdout)
  const verdicts = verdictsOf(first)
  assert.is(verdicts.length, 12)
  assert.ok(verdicts.every(({ needed }) => Math.abs(needed - Math.log(100)) < 1e-12))
  assert.ok(verdicts.every(({ signals }) => signals.errorRate !== undefined && signals.errorRateMax !== undefined))
})

test('lists every fault of the evidence with its line', async () => {
  const [good] = windows(0)
  const { code, stderr } = await evaluate(
    [JSON.stringify(good), '{"at":"2026-01-01T00:00:20Z","weight":101,"canary":{"requests":-1}}', 'not json'].join(
      '\n',
    ),
  )
  assert.is(code, 2)
  assert.match(stderr, 'line 2: weight: expected a percentage from 0 to 100, received 101')
  assert.match(stderr, 'line 2: canary.requests: expected a whole number from 0 to 1e12, received -1')
  assert.match(stderr, 'line 3')
})

test('lists every fault of the policy with its path', async () => {
  const { code, stderr } = await evaluate('', 'signals: { errorRate: { max: 99.9, maxx: 1 } }\nfalseAbort: 2\n')
  assert.is(code, 2)
  assert.match(stderr, 'signals.errorRate.max: expected a fraction above 0 and below 1, received 99.9')
  assert.match(stderr, 'signals.errorRate: unknown key "maxx"')
  assert.match(stderr, 'falseAbort: expected a fraction from 1e-6 to 0.2, received 2')
})

test('takes the block of an AnalysisTemplate as it stands there', async () => {
  const block = `prometheus: { address: "http://prometheus:9090" }\nprofile: modelgate\nstable: "{{args.stable-hash}}"\n${POLICY}`
  const { code, stderr } = await evaluate(lines(windows(0)), block)
  assert.is(code, 0, stderr)
})

const TEMPLATE = `
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: slo }
spec:
  args: [{ name: stable-hash }]
  metrics:
    - name: gate
      provider:
        plugin:
          modelgate/slo:
            stable: "{{args.stable-hash}}"
            ${POLICY.trim().replaceAll('\n', '\n            ')}
`

test('takes the AnalysisTemplate itself, and decides the same', async () => {
  const [block, template] = await Promise.all(
    [POLICY, TEMPLATE].map((policy) => evaluate(lines(windows(0)), policy, ['--json'])),
  )
  assert.is(template?.code, 0, template?.stderr)
  assert.is(template?.stdout, block?.stdout)
})

test('lists every fault of the policy in a template with its metric', async () => {
  const { code, stderr } = await evaluate('', TEMPLATE.replace('max: 0.05', 'max: 5').replace('10m', '10'))
  assert.is(code, 2)
  assert.match(stderr, 'metric slo/gate: signals.errorRate.max: expected a fraction above 0 and below 1, received 5')
  assert.match(stderr, 'metric slo/gate: step.deadline: expected a duration')
})

for (const [what, args, expected] of [
  ['a missing policy', ['evaluate'], '--policy: expected a file, received nothing'],
  ['an unknown option', ['evaluate', '--polciy', 'x'], "unknown option '--polciy'"],
  ['a stray argument', ['evaluate', '--policy', 'x', 'y'], 'received "y"'],
  ['a policy that is not there', ['evaluate', '--policy', '/nowhere/p.yaml'], '/nowhere/p.yaml'],
] as const) {
  test(`refuses ${what}`, async () => {
    const { code, stderr } = await runModelgate(args)
    assert.is(code, 2)
    assert.match(stderr, expected)
  })
}

test('refuses evidence without a window', async () => {
  const { code, stderr } = await evaluate('\n\n')
  assert.is(code, 2)
  assert.match(stderr, 'expected at least one window, received none')
})

function renumber(window: Window, k: number): Window {
  return { ...window, at: new Date(Date.UTC(2026, 0, 1, 0, 0, 10 * (k + 1))).toISOString() }
}

test.run()
