import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ContainerSurroundings } from './container-surroundings.ts'
import type { ProcessTable, StartedProcess } from './process-table.ts'
import type { PodTemplate } from './resources.ts'
import { throttleProcess, type Throttle } from './throttle.ts'

const ROOT = join(import.meta.dirname, '../..')
const MODELS = join(ROOT, 'runtime/examples/iris')

/** One replica of a model: a real `modelgate runtime`. */
export interface ModelPod {
  readonly name: string
  readonly namespace: string
  /** Value of the label `rollouts-pod-template-hash`. */
  readonly podTemplateHash: string
  /** For example `127.0.0.1:40123`; undefined until it is ready. */
  address(): string | undefined
  /** Settles when it is ready; never for an image that does not exist. */
  readonly ready: Promise<void>
  stop(): Promise<void>
}

/** What a pod is called, and its label. */
export type PodNames = Pick<ModelPod, 'name' | 'namespace' | 'podTemplateHash'>

/** @param template its image is `<any name>:<tag>`, the tag being a file of runtime/examples/iris without `.onnx` */
export function startModelPod(
  processes: ProcessTable,
  names: PodNames,
  template: PodTemplate,
  surroundings: ContainerSurroundings,
): ModelPod {
  const [container] = template.spec.containers
  const model = join(MODELS, `${container?.image.split(':').at(-1) ?? ''}.onnx`)
  if (!existsSync(model)) {
    // What a kubelet does with an image that cannot be pulled: the pod is there and never gets ready.
    return { ...names, address: () => undefined, ready: new Promise(() => undefined), stop: () => Promise.resolve() }
  }
  const starting = surroundings
    .environmentOf(names, template)
    .then((env) =>
      processes.start(
        `${names.namespace}-${names.name}`,
        process.execPath,
        [join(ROOT, 'src/main.ts'), 'runtime', '--model', model, '--port', '0', '--json'],
        { pipeStdout: true, env },
      ),
    )
  const cpuLimit = container?.resources?.limits?.cpu
  let address: string | undefined
  let throttle: Throttle | undefined
  return {
    ...names,
    address: () => address,
    ready: starting.then(async (started) => {
      address = `127.0.0.1:${await readPort(started)}`
      if (cpuLimit !== undefined) throttle = throttleProcess(started.pid, parseInt(cpuLimit) / 1_000)
    }),
    async stop() {
      address = undefined
      throttle?.end()
      // One that never started has said so by its `ready`.
      const started = await starting.catch(() => undefined)
      if (started !== undefined) await processes.stop(started, 'SIGTERM', 5_000)
    },
  }
}

async function readPort(started: StartedProcess): Promise<number> {
  const { stdout } = started.child
  if (stdout === null) throw new Error(`Cannot read the port of '${started.name}': its output is no pipe`)
  const lines = createInterface({ input: stdout })
  for await (const line of lines) {
    const event = JSON.parse(line) as { readonly event?: string; readonly port?: number }
    if (event.event !== 'ready' || event.port === undefined) continue
    lines.close()
    stdout.resume()
    return event.port
  }
  await started.ended
  const log = readFileSync(started.logPath, 'utf8').slice(0, 1_000)
  throw new Error(`Cannot serve with '${started.name}': it ended before it was ready, received ${log}`)
}
