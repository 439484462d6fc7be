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
  /** Weights of the steps that are kept. */
  readonly weights?: readonly number[]
  /** Lets only the controller of this instance act. */
  readonly instanceId?: string
}

/** Seconds instead of minutes: what makes a suite of the files that are made for production. */
const QUICK: Json = { scrapeInterval: '1s', step: { soak: '3s', deadline: '60s', minRequests: 100 } }

/** The manifests of manifests/plugin for one namespace, changed as little as the test needs. */
export function buildApp(options: AppOptions): Manifest[] {
  const { gate = 'analysis', guard = false, instanceId = '' } = options
  const rollout = readManifests('rollout.yaml')
  const templates = [...readManifests('analysis-gate.yaml'), ...readManifests('analysis-guard.yaml')]
  const manifests = [...templates, ...rollout].map((manifest) =>
    manifest.kind === 'Rollout' && gate === 'step-plugin'
      ? (merge(manifest, readManifests('step-plugin.yaml')[0]!) as Manifest)
      : manifest,
  )
  const policy = merge({ ...QUICK, prometheus: { address: options.prometheusAddress } }, options.policy ?? {})
  for (const manifest of manifests) {
    manifest.metadata.namespace = options.namespace
    if (instanceId !== '') {
      manifest.metadata.labels = { 'argo-rollouts.argoproj.io/controller-instance-id': instanceId }
    }
    patchPolicies(manifest, policy)
    if (manifest.kind === 'Rollout') patchRollout(manifest, options.tag, guard, options.weights)
  }
  return manifests
}

/** The controller's ConfigMap, with the bundle's own path. */
export function buildControllerConfig(namespace: string, bundle: string): Manifest {
  const [config] = readManifests('argo-rollouts-config.yaml') as [Manifest]
  const data = config['data'] as Record<string, string>
  for (const [key, list] of Object.entries(data)) {
    data[key] = list.replaceAll(/location: file:\/\/\S+/g, `location: file://${bundle}`)
  }
  config.metadata.namespace = namespace
  return config
}

function readManifests(name: string): Manifest[] {
  return parseAllDocuments(readFileSync(join(FOLDER, name), 'utf8')).map((document) => document.toJS() as Manifest)
}

function patchRollout(rollout: Manifest, tag: string, guard: boolean, weights: readonly number[] | undefined): void {
  const spec = rollout['spec'] as Json
  // One pod per arm: what is tried here is the gate, not the machine.
  spec['replicas'] = 1
  const template = (spec['template'] as Json)['spec'] as { containers: { image: string }[] }
  for (const container of template.containers) container.image = container.image.replace(/:[^:]*$/, `:${tag}`)
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

/** Objects are merged key by key; everything else replaces. */
function merge(base: Json, patch: Json): Json {
  const result: Json = { ...base }
  for (const [key, value] of Object.entries(patch)) {
    const before = result[key]
    result[key] = isObject(before) && isObject(value) ? merge(before, value) : structuredClone(value)
  }
  return result
}

function isObject(value: JsonValue | undefined): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
