import { join, relative } from 'node:path'
import { EXIT, readArguments, refusePositionals, type Command, type Io } from '../command.ts'
import { parseRehearsalOptions, type RehearsalOptions } from '../rehearsal/options.ts'
import { prepareRehearsal } from '../rehearsal/preparation.ts'
import { raisePriority } from '../rehearsal/raise-priority.ts'
import type { Outcome, RehearsalRecord } from '../rehearsal/record.ts'
import { reachedWeight } from '../rehearsal/report/overview.ts'
import { writeResults } from '../rehearsal/results.ts'
import { runRehearsals } from '../rehearsal/run-rehearsals.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** Enough for verdicts within seconds, and little enough for a machine with two slow cores. */
const REQUESTS_PER_SECOND = 600

/** What each candidate of the demonstration is, and what has to become of it. */
interface DemoCandidate {
  readonly name: string
  readonly what: string
  readonly expected: Outcome
  /** Whether it has to be stopped while all traffic is still on stable. */
  readonly beforeUsers: boolean
}

const CANDIDATES: readonly DemoCandidate[] = [
  { name: 'good', what: 'retrained, as good as stable', expected: 'promoted', beforeUsers: false },
  { name: 'swapped', what: 'confuses two classes, their mix stays', expected: 'aborted', beforeUsers: true },
  { name: 'drifted', what: 'answers one class far less often', expected: 'aborted', beforeUsers: true },
  { name: 'slow', what: 'the same answers, later', expected: 'aborted', beforeUsers: false },
  { name: 'failing', what: 'fails on some of its inputs', expected: 'aborted', beforeUsers: true },
]

/** `modelgate demo`. */
export const demoCommand: Command = {
  name: 'demo',
  summary: 'rehearse an iris model against five candidates, one of which deserves to be promoted',
  help: `Usage: modelgate demo [--report FILE]

Rehearses the iris model that comes with modelgate against five candidates, each through the steps 10, 30, 50 and 100 % of
manifests/examples/iris/rollout.yaml: a good one is promoted and a slow one is aborted at 10 %. One that confuses two classes,
one that drifted and one that fails on some inputs answer copies of stable's requests first, and are stopped before the first
user meets them. Takes about a minute and a half and leaves a report with charts.

  --report FILE  where the report goes (default modelgate-demo.html)

Exit code: 0 when it went as it should, 1 when it did not.

Example:
  modelgate demo --report demo.html
`,
  run: demonstrate,
}

async function demonstrate(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments('demo', args, {
    report: { type: 'string', default: 'modelgate-demo.html' },
  })
  refusePositionals('demo', positionals)
  const options = demoOptions(values.report)
  for (const line of introduction()) io.stderr.write(`${line}\n`)
  const preparation = await prepareRehearsal(options, () => io.now(), io.signal)
  raisePriority(process.pid)
  const records = await runRehearsals(preparation, options, undefined, io)
  const command = ['modelgate demo', ...args].join(' ')
  io.stdout.write('\n')
  await writeResults(records, { options, command, policy: preparation.policy }, io)
  const surprises = findSurprises(records)
  for (const line of surprises.length > 0 ? surprises : farewell(values.report)) io.stdout.write(`${line}\n`)
  return surprises.length > 0 ? EXIT.aborted : EXIT.ok
}

/** Minutes of the Rollout pass as seconds. */
function demoOptions(report: string): RehearsalOptions {
  const iris = (file: string): string => relative(process.cwd(), join(ROOT, 'runtime/examples/iris', file))
  const manifest = (file: string): string => relative(process.cwd(), join(ROOT, 'manifests/examples/iris', file))
  return parseRehearsalOptions({
    stable: iris('stable.onnx'),
    candidate: CANDIDATES.map(({ name }) => iris(`${name}.onnx`)),
    requests: iris('requests.jsonl'),
    rollout: manifest('rollout.yaml'),
    policy: manifest('gate.yaml'),
    classes: 'setosa,versicolor,virginica',
    rate: `${REQUESTS_PER_SECOND}/s`,
    'time-scale': '60',
    history: '4s',
    report,
  })
}

function introduction(): string[] {
  const width = Math.max(...CANDIDATES.map(({ name }) => name.length))
  return [
    `Rehearsing five candidates for the iris model, at 10, 30, 50 and 100 % of ${REQUESTS_PER_SECOND} requests per second:`,
    ...CANDIDATES.map(
      (candidate) => `  ${candidate.name.padEnd(width)}  ${candidate.what}: should be ${fate(candidate)}`,
    ),
    '',
  ]
}

function fate({ expected, beforeUsers }: DemoCandidate): string {
  return beforeUsers ? `${expected} before its first user` : expected
}

function findSurprises(records: readonly RehearsalRecord[]): string[] {
  const surprises = CANDIDATES.flatMap((candidate, index) => {
    const record = records[index]
    if (record === undefined) return [`  ${candidate.name} was not rehearsed`]
    const { outcome, reason } = record
    const weight = reachedWeight(record)
    if (outcome === candidate.expected && !(candidate.beforeUsers && weight > 0)) return []
    return [
      `  ${candidate.name} should be ${fate(candidate)}, was ${outcome ?? 'not finished'} at ${weight} %: ${reason}`,
    ]
  })
  if (surprises.length === 0) return []
  return [
    '',
    'The demonstration did not go as it should:',
    ...surprises,
    'A machine that is very busy can keep a verdict from being reached in time; try again when it is quieter.',
  ]
}

function farewell(report: string): string[] {
  return [
    '',
    `Charts and numbers: ${report}`,
    '',
    'Next, your own models, requests and Rollout (modelgate rehearse --help has all options):',
    '  npx modelgate rehearse --stable A.onnx --candidate B.onnx --requests R.jsonl --rollout rollout.yaml \\',
    '    --evidence evidence.jsonl --report report.html',
    'and the decision alone, from the evidence that it leaves, under another policy:',
    '  npx modelgate evaluate --policy policy.yaml --evidence evidence.jsonl',
  ]
}
