import { readArguments, refusePositionals, type Command, type Io } from '../command.ts'
import { parseRehearsalOptions, type RehearsalOptions } from '../rehearsal/options.ts'
import { prepareRehearsal, type Preparation } from '../rehearsal/preparation.ts'
import { connectEvidence } from '../rehearsal/prometheus-evidence.ts'
import type { RehearsalRecord } from '../rehearsal/record.ts'
import { raisePriority } from '../rehearsal/raise-priority.ts'
import { runRehearsals } from '../rehearsal/run-rehearsals.ts'
import { exitCodeOf } from '../rehearsal/summary.ts'
import { writeResults } from '../rehearsal/results.ts'

const OPTIONS = {
  stable: { type: 'string' },
  candidate: { type: 'string', multiple: true },
  requests: { type: 'string' },
  rollout: { type: 'string' },
  policy: { type: 'string' },
  prometheus: { type: 'string' },
  'prometheus-targets': { type: 'string' },
  'prometheus-discovery': { type: 'string' },
  'prometheus-patience': { type: 'string' },
  json: { type: 'string' },
  report: { type: 'string' },
  evidence: { type: 'string' },
  rate: { type: 'string' },
  seed: { type: 'string' },
  'time-scale': { type: 'string' },
  history: { type: 'string' },
  interval: { type: 'string' },
  timeout: { type: 'string' },
  pods: { type: 'string' },
  'stable-pods': { type: 'string' },
  'shadow-share': { type: 'string' },
  'shadow-slice': { type: 'string' },
  'shadow-noise': { type: 'string' },
  classes: { type: 'string' },
} as const

/** `modelgate rehearse`. */
export const rehearseCommand: Command = {
  name: 'rehearse',
  summary: 'run a canary on this machine: two or more ONNX models, real traffic, the steps of a Rollout',
  help: `Usage: modelgate rehearse --stable A.onnx --candidate B.onnx --requests R --rollout ROLLOUT.yaml [options]

Serves both models in processes of their own, sends them recorded requests over HTTP, walks the canary steps of the
Rollout and decides at each of them as it would in the cluster, and says why.

  --stable FILE          the model that serves now
  --candidate FILE       the model that wants its place; repeat it to rehearse several, one after the other
  --requests FILE        requests to draw from: JSON lines such as {"inputs":[5.1,3.5,1.4,0.2]}, or CSV with a header
  --rollout FILE         the Rollout's manifest; analyses, gates and pauses without end wait for a verdict, pauses with a
                         duration wait that long, and harm that is proven aborts at any moment
  --policy FILE          the policy, or a manifest with its AnalysisTemplate; default: the AnalysisTemplate with modelgate/slo
                         in the file of the Rollout
  --rate N/s             requests per second, whatever the servers do (default 200/s)
  --time-scale X         divides the times in the Rollout and in the policy (default 1)
  --history TIME         traffic to stable alone before the first step (default 5s)
  --interval TIME        time between two looks (default 1s)
  --timeout TIME         how long a request may take before it counts as failed (default 5s)
  --pods N               processes of the candidate (default 1)
  --stable-pods N        processes of stable; with two or more the history also shows how much equals differ (default 1)
  --shadow-share X       share of stable's requests that the candidate answers as well, so that answers can be compared from
                         before the first step on (default 1, or less to compare at most 1,000 a second; 0 compares none)
  --shadow-slice S       count what differs by slice: input:NAME[3] for the values of an element of each row
  --shadow-noise X       share of stable's requests that it answers twice, to see how often it contradicts itself (default 0)
  --classes A,B,C        names of the classes 0, 1, 2 ...
  --seed N               seed of arrivals, split and choice of requests (default 1)

  --prometheus URL       take the evidence from this Prometheus instead of scraping directly
  --prometheus-targets F file for its file_sd_configs, there while pods run (default modelgate-targets.json)
  --prometheus-discovery PORT
                         serve the same for its http_sd_configs
  --prometheus-patience TIME
                         how long it may take to find and scrape new pods (default 40s)

  --json FILE            the outcome as one JSON object; "-" for standard output
  --report FILE          a report with charts, one HTML file
  --evidence FILE        the windows of counts, for "modelgate evaluate"; with several candidates one file each, named
                         after it

The JSON object is {"outcome","rehearsals":[{"rollout","candidate","outcome","reason","startedAt","elapsedMs","arms","steps",
"verdict","looks","shadow","notes"}]}; "verdict" is the last one as "modelgate evaluate --json" prints it, "looks" has logE after
each window, "shadow" which labels flipped, on which inputs and in which slices, and how often stable contradicts itself.

Requests that never reach a pod, break off or take longer than --timeout are errors of their arm; all other counts come from
the pods' own metrics.

Exit code: 0 promoted, 1 aborted, 3 undecided, 2 bad input; with several candidates aborted before undecided before
promoted.

Example:
  modelgate rehearse --stable runtime/examples/iris/stable.onnx --candidate runtime/examples/iris/good.onnx \\
    --requests runtime/examples/iris/requests.jsonl --rollout manifests/examples/iris/rollout.yaml \\
    --policy manifests/examples/iris/gate.yaml --rate 600/s --time-scale 60 --report report.html
`,
  run: rehearse,
}

async function rehearse(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments('rehearse', args, OPTIONS)
  refusePositionals('rehearse', positionals)
  const options = parseRehearsalOptions(values)
  const preparation = await prepareRehearsal(options, () => io.now(), io.signal)
  raisePriority(process.pid)
  const records = await rehearseAll(preparation, options, io)
  const command = ['modelgate', 'rehearse', ...args].map(quote).join(' ')
  await writeResults(records, { options, command, policy: preparation.policy }, io)
  return exitCodeOf(records)
}

async function rehearseAll(preparation: Preparation, options: RehearsalOptions, io: Io): Promise<RehearsalRecord[]> {
  const { prometheusAddress: address, targetsPath, discoveryPort, prometheusPatienceMs: patienceMs } = options
  if (address === undefined) return runRehearsals(preparation, options, undefined, io)
  const { policy, namespace } = preparation
  const prometheus = await connectEvidence({
    address,
    policy,
    namespace,
    targetsPath,
    discoveryPort,
    patienceMs,
    now: () => io.now(),
  })
  try {
    return await runRehearsals(preparation, options, prometheus, io)
  } finally {
    await prometheus.close()
  }
}

/** An argument as it has to be typed into a shell. */
function quote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`
}
