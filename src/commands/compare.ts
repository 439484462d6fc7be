import { EXIT, readArguments, refusePositionals, type Command, type Io } from '../command.ts'
import { parseCompareOptions } from '../comparison/options.ts'
import { prepareComparison } from '../comparison/preparation.ts'
import type { ComparisonRecord } from '../comparison/record.ts'
import { runComparison } from '../comparison/run-comparison.ts'
import { writeResults } from '../comparison/write-results.ts'

const OPTIONS = {
  stable: { type: 'string' },
  candidate: { type: 'string' },
  requests: { type: 'string' },
  policy: { type: 'string' },
  json: { type: 'string' },
  report: { type: 'string' },
  classes: { type: 'string' },
  worst: { type: 'string' },
  'noise-rows': { type: 'string' },
  'speed-time': { type: 'string' },
  timeout: { type: 'string' },
} as const

/** `modelgate compare`. */
export const compareCommand: Command = {
  name: 'compare',
  summary: 'give two ONNX models the same requests and say how their answers differ',
  help: `Usage: modelgate compare --stable A.onnx --candidate B.onnx --requests R [options]

Runs both models, each in a process of its own, on recorded requests and compares their answers pair by pair: labels, numbers
within the policy's tolerances, order, failures, NaN, speed. Says whether they agree as well as the policy asks.

  --stable FILE        the model that serves now
  --candidate FILE     the model that wants its place
  --requests FILE      JSON lines such as {"inputs":[5.1,3.5,1.4,0.2]}, or CSV with a header; read twice, in bounded memory
  --policy FILE        signals.shadow of this policy, or of this AnalysisTemplate, decides; default: at most 1 % of the inputs
                       may disagree
  --json FILE          everything that was found as one JSON object; "-" for standard output
  --report FILE        a report with charts, one HTML file
  --classes A,B,C      names of the classes 0, 1, 2 ...
  --worst N            how many of the worst examples to keep (default 10)
  --noise-rows N       rows on which stable runs twice, to see how much it differs from itself (default 1000)
  --speed-time TIME    how long to time both models, for each batch size; 0s for not at all (default 1s)
  --timeout TIME       how long a run may take before it counts as failed and the model's process is replaced (default 30s)

The JSON object has at least {"verdict","reason","pairs","disagreements","labelFlips","canaryOnlyErrors","stableOnlyErrors",
"outputs","worst"}.

Exit code: 0 the candidate agrees well enough, 1 it does not, cannot be loaded or cannot answer stable's requests, 3 too few
requests to tell, 2 bad input.

Example:
  modelgate compare --stable runtime/examples/iris/stable.onnx --candidate runtime/examples/iris/drifted.onnx \\
    --requests runtime/examples/iris/requests.jsonl --classes setosa,versicolor,virginica --report compare.html \\
    --policy manifests/examples/iris/gate.yaml
`,
  run: compare,
}

const EXIT_CODE: Readonly<Record<ComparisonRecord['verdict'], number>> = {
  pass: EXIT.ok,
  fail: EXIT.aborted,
  inconclusive: EXIT.inconclusive,
}

async function compare(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments('compare', args, OPTIONS)
  refusePositionals('compare', positionals)
  const options = parseCompareOptions(values)
  const preparation = await prepareComparison(options)
  try {
    const record = await runComparison(preparation, options, io)
    const command = ['modelgate', 'compare', ...args].map(quote).join(' ')
    await writeResults(record, { options, command, policy: preparation.policy }, io)
    return EXIT_CODE[record.verdict]
  } finally {
    await Promise.all([preparation.stable.model.release(), preparation.canary.model.release()])
  }
}

/** An argument as it has to be typed into a shell. */
function quote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`
}
