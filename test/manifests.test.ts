// Holds the manifests that users copy to the schemas that read them.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse, parseAllDocuments } from 'yaml'
import { planGate } from '#decision'
import { policySchema, type Policy } from '#evidence'

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

kustomizations('name every manifest beside them, or say what it is a patch of', () => {
  const { resources } = parse(read('plugin/kustomization.yaml')) as { resources: string[] }
  const others = files.filter((path) => path.startsWith('plugin/')).map((path) => path.slice('plugin/'.length))
  const patches = ['controller-patch.yaml', 'step-plugin.yaml', 'kustomization.yaml']
  assert.equal(others.filter((name) => !patches.includes(name)).sort(), [...resources].sort())
  for (const name of patches.slice(0, 2)) assert.match(read(`plugin/${name}`), /\bpatch of\b/)
})

kustomizations.run()
