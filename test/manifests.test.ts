// Holds the manifests that users copy to the schemas that read them.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse, parseAllDocuments } from 'yaml'
import { planGate } from '#decision'
import { policySchema, type Policy } from '#evidence'
import { readPolicyFile } from '../src/policy-file.ts'

const ROOT = join(import.meta.dirname, '../manifests')
const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.yaml'))
/** As Argo has filled it in. */
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8').replaceAll('{{args.stable-hash}}', 'abc123')

/** Every policy in a manifest, whichever plugin it is for, at any depth. */
function policiesIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap((inner: unknown) => policiesIn(inner))
  if ('name' in value && value.name === 'modelgate/gate' && 'config' in value) return [value.config]
  return Object.entries(value as Readonly<Record<string, unknown>>).flatMap(([key, inner]) =>
    key === 'modelgate/slo' ? [inner] : policiesIn(inner),
  )
}

const parsedPolicies = (path: string): Policy[] =>
  parseAllDocuments(read(path))
    .flatMap((document) => policiesIn(document.toJS()))
    .map((policy) => policySchema.parse(policy))

const policies = suite('policies in manifests')

policies('can be planned', () => {
  const plans = files.flatMap(parsedPolicies).map((policy) => planGate(policy))
  assert.ok(plans.length >= 6, `${plans.length} policies`)
})

policies('judge the same signals as gate, as guard and as step plugin', () => {
  const [gate, guard, ...steps] = ['analysis-gate', 'analysis-guard', 'step-plugin'].flatMap((name) =>
    parsedPolicies(`plugin/${name}.yaml`),
  )
  for (const other of [guard, ...steps]) assert.equal(other?.signals, gate?.signals)
  assert.equal([gate?.mode, guard?.mode], ['gate', 'guard'])
})

policies.run()

const kustomizations = suite('kustomizations')

/** What is read of a kustomization. */
interface Kustomization {
  readonly resources: readonly string[]
  readonly configMapGenerator?: readonly { readonly name: string; readonly files: readonly string[] }[]
  readonly configurations?: readonly string[]
}

const folders = files.filter((path) => basename(path) === 'kustomization.yaml').map((path) => dirname(path))

for (const folder of folders) {
  kustomizations(`name every manifest beside them in ${folder}, or say what it is a patch of`, () => {
    const { resources, configurations = [] } = parse(read(`${folder}/kustomization.yaml`)) as Kustomization
    const named = ['kustomization.yaml', ...resources, ...configurations]
    const others = readdirSync(join(ROOT, folder)).filter((name) => !named.includes(name))
    for (const name of others) assert.match(read(`${folder}/${name}`), /\bpatch of\b/)
    for (const name of named) assert.ok(files.includes(`${folder}/${name}`), name)
  })
}

kustomizations('are as many as there are', () => {
  assert.equal([...folders].sort(), ['examples/iris', 'plugin'])
})

kustomizations.run()

const iris = suite('the iris example')

const FOLDER = 'examples/iris'
const kustomization = parse(read(`${FOLDER}/kustomization.yaml`)) as Kustomization
const objects = kustomization.resources.flatMap((name) =>
  parseAllDocuments(read(`${FOLDER}/${name}`)).map((document) => document.toJS() as KubernetesObject),
)

interface KubernetesObject {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: unknown
}

/** What is read of its Rollout. */
interface RolloutSpec {
  readonly template: {
    readonly spec: {
      readonly containers: readonly {
        readonly env: readonly { readonly name: string; readonly value?: string }[]
        readonly volumeMounts: readonly {
          readonly name: string
          readonly mountPath: string
          readonly readOnly: boolean
        }[]
      }[]
      readonly volumes: readonly { readonly name: string; readonly configMap: { readonly name: string } }[]
    }
  }
  readonly strategy: {
    readonly canary: {
      readonly steps: readonly {
        readonly analysis?: { readonly templates: readonly { readonly templateName: string }[] }
      }[]
    }
  }
}

const ofKind = (kind: string) => objects.find((object) => object.kind === kind)
const rollout = ofKind('Rollout')?.spec as RolloutSpec

iris('hands its pods the file that its steps are decided by', () => {
  const [generator] = kustomization.configMapGenerator ?? []
  const [file] = generator?.files ?? []
  const { containers, volumes } = rollout.template.spec
  const [mount] = containers[0]?.volumeMounts ?? []
  assert.ok(file !== undefined && kustomization.resources.includes(file), file)
  assert.equal(volumes, [{ name: mount?.name, configMap: { name: generator?.name } }])
  assert.is(mount?.readOnly, true)
  const path = containers[0]?.env.find(({ name }) => name === 'SHADOW_POLICY')?.value
  assert.is(path, `${mount?.mountPath}/${file}`)

  const template = parse(read(`${FOLDER}/${file}`)) as KubernetesObject
  const named = rollout.strategy.canary.steps.flatMap(({ analysis }) => analysis?.templates ?? [])
  assert.equal([...new Set(named.map(({ templateName }) => templateName))], [template.metadata.name])
  assert.is(template.kind, 'AnalysisTemplate')
})

iris('can be read by the pods, and names outputs of the example models', async () => {
  const { signals, stable } = await readPolicyFile(join(ROOT, FOLDER, 'gate.yaml'))
  assert.equal(Object.keys(signals.shadow?.tolerances ?? {}), ['probabilities'])
  assert.is(stable, undefined)
})

iris('waits for a verdict before the first user meets the candidate', () => {
  const kinds = rollout.strategy.canary.steps.flatMap((step) => Object.keys(step))
  assert.equal(kinds.slice(0, 5), ['setCanaryScale', 'analysis', 'setCanaryScale', 'setWeight', 'analysis'])
})

iris('keeps every file that kustomize reads in its own folder, as kustomize demands', () => {
  const { resources, configurations = [], configMapGenerator = [] } = kustomization
  const names = [...resources, ...configurations, ...configMapGenerator.flatMap((generator) => generator.files)]
  assert.ok(names.length >= 4)
  for (const name of names) assert.match(name, /^[\w-]+\.yaml$/)
})

iris('tells kustomize where its Rollout names the ConfigMap, whose name gets a hash', () => {
  const { nameReference } = parse(read(`${FOLDER}/${kustomization.configurations?.[0]}`)) as {
    nameReference: readonly { readonly kind: string; readonly fieldSpecs: readonly Record<string, string>[] }[]
  }
  const [reference] = nameReference
  assert.is(reference?.kind, 'ConfigMap')
  assert.equal(reference?.fieldSpecs, [
    { kind: 'Rollout', group: 'argoproj.io', path: 'spec/template/spec/volumes/configMap/name' },
  ])
})

iris.run()
