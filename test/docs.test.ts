// Holds the documents to the code.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { policySchema } from '#evidence'

const ROOT = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

const policy = suite('docs/policy.md')

/** Names of all keys of a schema, at any depth. */
function keysOf(schema: z.core.JSONSchema.BaseSchema): string[] {
  const properties = Object.entries(schema.properties ?? {})
  return properties.flatMap(([name, inner]) => [name, ...(typeof inner === 'object' ? keysOf(inner) : [])])
}

policy('names every key of the policy', () => {
  const keys = new Set(keysOf(z.toJSONSchema(policySchema, { io: 'input', unrepresentable: 'any' })))
  assert.ok(keys.size > 40, `${keys.size} keys`)
  const text = read('docs/policy.md')
  const custom = [
    'metric',
    'where',
    'code',
    'unit',
    'class',
    'pairs',
    'disagreements',
    'canaryOnlyErrors',
    'stableOnlyErrors',
  ]
  const missing = [...keys].filter((key) => !custom.includes(key) && !text.includes(key))
  assert.equal(missing, [])
})

policy.run()

const links = suite('links')

const documents = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

for (const path of documents) {
  links(`of ${path} lead to files that are there`, () => {
    const targets = [...read(path).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target]) => target ?? '')
    const broken = targets.filter((target) => !existsSync(join(ROOT, dirname(path), target)))
    assert.equal(broken, [])
  })
}

links.run()
