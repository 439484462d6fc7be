import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

const FOLDER = join(import.meta.dirname, '../../manifests/plugin')

/** A plain JSON object. */
export interface Json {
  [key: string]: JsonValue
}
export type JsonValue = string | number | boolean | null | JsonValue[] | Json

/** One Kubernetes manifest. */
export interface Manifest extends Json {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Json }
}

/** What a scenario wants different from the files that users copy. */
export interface AppOptions {
  readonly namespace: string
  /** Tag of the image: a model of runtime/examples/iris. */
  readonly tag: string
  readonly prometheusAddress: string
  /** Laid over every policy of the files. */
  readonly policy?: Json
  /** Which of the routes the Rollout takes. */
  readonly gate?: 'analysis' | 'step-plugin'
  readonly guard?: boolean
  /** The container's limit, in the shares that Kubernetes writes: `200m` is a fifth of a processor. */
  readonly cpuLimit?: string
  /** Weights of the steps that are kept. */
  readonly weights?: readonly number[]
  /** Lets only the controller of this instance act. */
  readonly instanceId?: string
}

/**
 * Seconds instead of minutes, and margins that a hundred requests can prove: what makes a suite of files that are made for
 * production. The budgets stay as they are. Latency takes a thousand requests to prove; scenarios that need it ask for it.
 */
const QUICK: Json = {
  scrapeInterval: '1s',
  signals: { errorRate: { max: 0.05, tolerance: 2, margin: 0.05 }, latency: null },
  step: { soak: '3s', deadline: '2m', minRequests: 100 },
}

/** The manifests of manifests/plugin for one namespace, changed as little as the test needs. */
export function buildApp(options: AppOptions): Manifest[] {
  const { gate = 'analysis', instanceId = '' } = options
  // The Rollout comes last, so that it finds its services.
  const workload = readManifests('rollout.yaml').reverse()
  const templates = [...readManifests('analysis-gate.yaml'), ...readManifests('analysis-guard.yaml')]
  const manifests = [...templates, ...workload].map((manifest) =>
    manifest.kind === 'Rollout' && gate === 'step-plugin'
      ? (merge(manifest, readManifests('step-plugin.yaml')[0]!) as Manifest)
      : manifest,
  )
  const policies = [QUICK, { prometheus: { address: options.prometheusAddress } }, options.policy ?? {}]
  for (const manifest of manifests) {
    manifest.metadata.namespace = options.namespace
    if (instanceId !== '') {
      manifest.metadata.labels = { 'argo-rollouts.argoproj.io/controller-instance-id': instanceId }
    }
    for (const policy of policies) patchPolicies(manifest, policy)
    if (manifest.kind === 'Rollout') patchRollout(manifest, options)
  }
  return manifests
}

/** Names of the dynamic loader, by Node's names of architectures. */
const LOADERS: { readonly x64: string } & Readonly<Record<string, string>> = {
  x64: 'ld-linux-x86-64.so.2',
  arm64: 'ld-linux-aarch64.so.1',
}

/** The form in which a controller gets the plugin. */
export type Packaging = 'bundle' | 'one-file'

/** The controller's ConfigMap, with the folder of the built plugin for `/plugins`. */
export function buildControllerConfig(namespace: string, pluginFolder: string, packaging: Packaging): Manifest {
  const [config] = readManifests('argo-rollouts-config.yaml') as [Manifest]
  const data = config['data'] as Record<string, string>
  for (const [key, list] of Object.entries(data)) {
    const plugins = packaging === 'bundle' ? list : toOneFile(list)
    data[key] = plugins
      .replaceAll(LOADERS.x64, LOADERS[process.arch] ?? LOADERS.x64)
      .replaceAll('/plugins/', `${pluginFolder}/${packaging === 'bundle' ? 'bundle/' : ''}`)
  }
  config.metadata.namespace = namespace
  return config
}

/** What the file's comment says about images that have Node. */
function toOneFile(plugins: string): string {
  return plugins.replaceAll(/location: .*/g, 'location: file:///plugins/modelgate').replaceAll(/\n *args: .*/g, '')
}

function readManifests(name: string): Manifest[] {
  return parseAllDocuments(readFileSync(join(FOLDER, name), 'utf8')).map((document) => document.toJS() as Manifest)
}

function patchRollout(rollout: Manifest, { tag, guard = false, weights, cpuLimit }: AppOptions): void {
  const spec = rollout['spec'] as Json
  // One pod per arm: what is tried here is the gate, not the machine.
  spec['replicas'] = 1
  const template = (spec['template'] as Json)['spec'] as { containers: (Json & { image: string })[] }
  for (const container of template.containers) {
    container.image = container.image.replace(/:[^:]*$/, `:${tag}`)
    if (cpuLimit !== undefined) container['resources'] = { limits: { cpu: cpuLimit } }
  }
  const canary = (spec['strategy'] as Json)['canary'] as Json
  canary['abortScaleDownDelaySeconds'] = 1
  canary['scaleDownDelaySeconds'] = 1
  if (!guard) delete canary['analysis']
  if (weights !== undefined) canary['steps'] = keepWeights(canary['steps'] as Json[], weights)
}

/** Steps from a wanted `setWeight` up to the next one. */
function keepWeights(steps: readonly Json[], weights: readonly number[]): Json[] {
  let kept = true
  return steps.filter((step) => {
    if (typeof step['setWeight'] === 'number') kept = weights.includes(step['setWeight'])
    return kept
  })
}

/** Finds every policy: an object that has `signals`. */
function patchPolicies(node: JsonValue, policy: Json): void {
  if (Array.isArray(node)) {
    for (const item of node) patchPolicies(item, policy)
  } else if (node !== null && typeof node === 'object') {
    if ('signals' in node) Object.assign(node, merge(node, policy))
    else for (const value of Object.values(node)) patchPolicies(value, policy)
  }
}

/** Objects are merged key by key, null removes a key, everything else replaces. */
function merge(base: Json, patch: Json): Json {
  const merged = Object.entries({ ...base, ...patch }).map(([key, value]): [string, JsonValue] => {
    const before = base[key]
    return [key, isObject(before) && isObject(value) ? merge(before, value) : structuredClone(value)]
  })
  return Object.fromEntries(merged.filter(([, value]) => value !== null))
}

function isObject(value: JsonValue | undefined): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
