import { createReadStream } from 'node:fs'
import { z } from 'zod'
import { look, openGate, planGate, type Verdict } from '#decision'
import { InputError, parseInput } from '#faults'
import { readEvidence } from '#evidence'
import { EXIT, readArguments, refusePositionals, type Command, type Io } from '../command.ts'
import { readPolicyFile } from '../policy-file.ts'
import { scalePolicy, timeScaleSchema } from '../time-scale.ts'

export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'decide offline: a policy and a file of evidence give a verdict after each window',
  help: `Usage: modelgate evaluate --policy P.yaml [--evidence E.jsonl] [--time-scale X] [--json]

Decides as it would in a cluster, from recorded evidence alone: the same file gives the same bytes, every time.

  --policy FILE    the policy, YAML or JSON: the keys under "modelgate/slo" of an AnalysisTemplate, or a manifest with that
                   AnalysisTemplate itself
  --evidence FILE  one window of counts a line, as JSON; "-" or nothing reads standard input
  --time-scale X   divides the times in the policy, for evidence of a rehearsal with the same option (default 1)
  --json           one verdict a line as JSON, instead of a line of text whenever the verdict changes

Exit code: 0 promoted, 1 aborted, 3 undecided, 2 bad input.

Example:
  modelgate evaluate --policy policy.yaml --evidence evidence.jsonl
  modelgate evaluate --policy manifests/examples/iris/gate.yaml --evidence evidence.jsonl
  modelgate rehearse … --evidence evidence.jsonl && modelgate evaluate --policy policy.yaml --json < evidence.jsonl
`,
  run: evaluate,
}

const schema = z.strictObject({
  '--policy': z.string('expected a file').min(1, 'expected a file'),
  '--time-scale': timeScaleSchema,
})

async function evaluate(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments('evaluate', args, {
    policy: { type: 'string' },
    evidence: { type: 'string', default: '-' },
    'time-scale': { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  })
  refusePositionals('evaluate', positionals)
  const options = parseInput(
    schema,
    { '--policy': values.policy, '--time-scale': values['time-scale'] },
    'the command line',
  )
  const plan = planGate(scalePolicy(await readPolicyFile(options['--policy']), options['--time-scale']))
  const fromStdin = values.evidence === '-'
  const subject = fromStdin ? 'evidence on standard input' : `evidence "${values.evidence}"`
  const windows = await readEvidence(fromStdin ? text(io.stdin) : fileText(values.evidence, subject), subject)

  let state = openGate(plan)
  let last: Verdict | undefined
  for (const window of windows) {
    const before = last
    const answer = look(plan, state, window)
    state = answer.state
    last = answer.verdict
    if (values.json) io.stdout.write(`${JSON.stringify(last)}\n`)
    else if (before?.verdict !== last.verdict || before.weight !== last.weight) io.stdout.write(`${line(last)}\n`)
  }
  if (last === undefined) {
    throw new InputError(subject, [{ path: '', text: 'expected at least one window, received none' }])
  }
  if (!values.json) io.stdout.write(`${line(last)}\n`)
  return EXIT_CODE[last.verdict]
}

/** A file that ends undecided has not shown enough. */
const EXIT_CODE = {
  pass: EXIT.ok,
  fail: EXIT.aborted,
  continue: EXIT.inconclusive,
  inconclusive: EXIT.inconclusive,
} as const

function line({ at, weight, verdict, reason }: Verdict): string {
  return `${at}  ${String(weight).padStart(3)} %  ${verdict.padEnd(12)}  ${reason}`
}

async function* fileText(path: string, subject: string): AsyncIterable<string> {
  try {
    for await (const chunk of createReadStream(path, 'utf8')) yield chunk as string
  } catch (cause) {
    throw unreadable(subject, cause)
  }
}

async function* text(input: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder()
  for await (const chunk of input) yield decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}

function unreadable(subject: string, cause: unknown): InputError {
  return new InputError(subject, [{ path: '', text: cause instanceof Error ? cause.message : String(cause) }], {
    cause,
  })
}
