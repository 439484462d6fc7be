import { Readable } from 'node:stream'
import { readArguments, refusePositionals, type Command } from '../command.ts'
import { runModelServer } from '../model-server.ts'
import { parseRuntimeOptions } from '../runtime-options.ts'
import { SHADOW_ARGUMENTS, SHADOW_HELP } from '../shadow-options.ts'

const OPTIONS = {
  model: { type: 'string', multiple: true },
  models: { type: 'string' },
  'default-model': { type: 'string' },
  'reload-interval': { type: 'string' },
  executor: { type: 'string' },
  'execution-provider': { type: 'string' },
  name: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  classes: { type: 'string' },
  'latency-buckets': { type: 'string' },
  'value-buckets': { type: 'string' },
  'max-batch': { type: 'string' },
  'max-queue': { type: 'string' },
  'queue-timeout': { type: 'string' },
  'run-timeout': { type: 'string' },
  'max-model-bytes': { type: 'string' },
  'max-rows': { type: 'string' },
  'max-body-bytes': { type: 'string' },
  'warm-up': { type: 'string' },
  'drain-delay': { type: 'string' },
  'drain-timeout': { type: 'string' },
  'exit-with-parent': { type: 'boolean' },
  json: { type: 'boolean' },
  ...SHADOW_ARGUMENTS,
} as const

/** `modelgate runtime`. */
export const runtimeCommand: Command = {
  name: 'runtime',
  summary: 'Serves ONNX models over HTTP',
  endsBySignal: true,
  help: `Serves ONNX models over HTTP, with the metrics that a rollout is judged by.

Usage: modelgate runtime --model FILE.onnx [options]
       modelgate runtime --model NAME=FILE.onnx --model NAME=FILE.onnx [options]
       modelgate runtime --models FOLDER [options]

  --model FILE          the model; default: the environment's MODEL_PATH
  --models FOLDER       models and versions as NAME/VERSION/model.onnx, as Triton lays them out
  --default-model NAME  the model that requests without a name mean; default: the first
  --reload-interval T   how often to look for changed files and exchange their models while they serve, 0s for never;
                        default 10s for a folder, 0s otherwise
  --port N              port to listen on, 0 for any free one; default: the environment's PORT, or 8080
  --host ADDRESS        address to listen on; default 0.0.0.0
  --name NAME           what the model is called in metrics and messages; default: the file's name
  --classes A,B,C       names of the classes 0, 1, 2 ... in metrics; default: the labels as the model gives them
  --latency-buckets L   bounds of inference_latency_seconds, in seconds; default 20 bounds from 0.001 to 10
  --value-buckets L     bounds of model_prediction_value; default 75 bounds from -10000 to 10000
  --executor WHERE      where models compute: inline, on the server's own thread; thread, on one of their own; process, in a
                        process of their own, where a crash, a hang or a leak harms only the model's requests; default
                        auto: tried in a process first, so that a model that crashes or hangs is refused, then inline, or
                        thread for a file above 8 MiB or a run above 0.5 ms
  --execution-provider  names such as cuda,cpu: the first that can be used runs the models; default cpu
  --max-batch N         rows that may run together, where that is safe for the model; default 64
  --max-queue N         rows that may wait before requests are refused with 503; default 1024
  --queue-timeout TIME  how long a request may wait for its run before it is refused with 503; default 5s
  --run-timeout TIME    how long a run may take: then its requests are answered 500 and the model's process is killed; a
                        thread cannot be, and the server is not ready while it hangs, nor alive after a minute; default 10s
  --max-model-bytes N   memory of a model's process above which it is started anew; default 2147483648
  --max-rows N          rows that one request may bring; default 1024
  --max-body-bytes N    longest request; default 1048576
  --warm-up DURATION    how long made-up requests may warm the server before it is ready; default 1s
  --drain-delay TIME    how long to keep serving after SIGTERM while load balancers notice; default 0s
  --drain-timeout TIME  how long requests under way may take after that; default 10s
  --exit-with-parent    stop when standard input ends
  --json                the line on standard output that says the server is ready is JSON

${SHADOW_HELP}
Answers POST /predict, /v1/predict and so on for one version, the Open Inference Protocol under /v2 (as the clients of KServe
and Triton speak it), GET /healthz, GET /readyz and GET /metrics. A request to /predict has one row of inputs or several, or
an object with the model's inputs by name; NaN and infinities are the texts "NaN", "Infinity" and "-Infinity".

Example:
  modelgate runtime --model runtime/examples/iris/stable.onnx --port 8080 --classes setosa,versicolor,virginica
  curl -d '{"inputs":[5.1,3.5,1.4,0.2],"outputs":["probabilities"]}' http://127.0.0.1:8080/predict
  {"prediction":[0],"outputs":{"probabilities":[[1,0,0]]}}
  modelgate runtime --model candidate.onnx --shadow-accept --shadow-policy manifests/examples/iris/gate.yaml

Exit codes: 0 stopped cleanly, 1 requests were cut off at the drain's deadline, 2 bad options or a bad model
`,
  async run(args, io) {
    const { values, positionals } = readArguments('runtime', args, OPTIONS)
    refusePositionals('runtime', positionals)
    const options = parseRuntimeOptions(values, io.env)
    if (!options.exitWithParent) return runModelServer(options, io, io.signal)
    const { stdin } = io
    try {
      return await runModelServer(options, io, AbortSignal.any([io.signal, endOf(stdin)]))
    } finally {
      // A pending read of standard input would keep the process alive.
      if (stdin instanceof Readable) stdin.destroy()
    }
  },
}

/** Aborted when standard input ends or breaks: whoever held its other end has gone, however that came about. */
function endOf(stdin: AsyncIterable<Uint8Array>): AbortSignal {
  const controller = new AbortController()
  const watch = async (): Promise<void> => {
    const reader = stdin[Symbol.asyncIterator]()
    let ended: boolean
    do ended = (await reader.next()).done === true
    while (!ended)
  }
  watch().then(
    () => {
      controller.abort('parent')
    },
    () => {
      controller.abort('parent')
    },
  )
  return controller.signal
}
