import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { rejects } from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parsePolicy, readPolicyFile, readTextFile } from '../../src/policy-file.ts'

const TEMPLATE = `
apiVersion: argoproj.io/v1alpha1
kind: ClusterAnalysisTemplate
metadata: { name: slo }
spec:
  args:
    - { name: host, value: prometheus }
    - { name: stable-hash }
    - { name: hash, value: 6f7c9d8b5 }
  metrics:
    - name: gate
      provider:
        plugin:
          modelgate/slo:
            prometheus: { address: 'http://{{args.host}}:9090' }
            stable: '{{args.stable-hash}}'
            signals: { errorRate: { max: 0.02 } }
`

const parse = (text: string) => parsePolicy(text, 'x')

const policy = suite('parsePolicy()')

policy('reads a policy, in YAML or JSON, with every default', () => {
  const { falseAbort, signals } = parse('signals: { errorRate: { max: 0.02 } }')
  assert.equal([falseAbort, signals.errorRate?.max], [0.01, 0.02])
  assert.equal(parse('{"signals":{"errorRate":{"max":0.02}}}').signals, signals)
})

policy('reads the policy of a template, filled in with its defaults', () => {
  const { prometheus, signals } = parse(TEMPLATE)
  assert.is(prometheus?.address, 'http://prometheus:9090')
  assert.is(signals.errorRate?.max, 0.02)
})

policy('names no stable pods where nothing says which, and otherwise those', () => {
  assert.is(parse(TEMPLATE).stable, undefined)
  assert.is(parse(TEMPLATE.replace('args.stable-hash', 'args.hash')).stable, '6f7c9d8b5')
  assert.is(parse('stable: "{{args.stable-hash}}"\nsignals: { errorRate: {} }').stable, undefined)
})

policy('finds the template among other documents, and passes over empty ones', () => {
  assert.is(parse(`---\nkind: Service\napiVersion: v1\n---\n---${TEMPLATE}\n---\n`).signals.errorRate?.max, 0.02)
})

policy('lists placeholders without a value once, and with the other faults', () => {
  const text = TEMPLATE.replace('args.host', 'args.away').replace('max: 0.02', "max: 2, margin: '{{args.margin}}'")
  const expected = [
    '^Cannot use x: 3 faults',
    '  metric slo/gate: prometheus\\.address: .* default for the argument "away" in spec\\.args .*',
    '  metric slo/gate: signals\\.errorRate\\.margin: .* "margin" .*, received "{{args\\.margin}}"',
    '  metric slo/gate: signals\\.errorRate\\.max: expected a fraction .*, received 2$',
  ]
  assert.throws(() => parse(text), new RegExp(expected.join('\n')))
})

policy('refuses a placeholder without a value where any text would do', () => {
  const text = TEMPLATE.replace("{{args.host}}:9090' }", "x', headers: { X-Tenant: '{{args.tenant}}' } }")
  assert.throws(() => parse(text), /^Cannot use x: metric slo\/gate: prometheus\.headers\.X-Tenant: .* "tenant"/)
})

policy('lists every fault of the syntax, each in one line', () => {
  assert.throws(() => parse('a: [\nb: }\n'), /^Cannot use x: 2 faults\n.* at line 2, column 1\n.* at line 2, column 4$/)
})

policy('refuses an empty file, and aliases that multiply', () => {
  assert.throws(() => parse('# nothing\n'), /^Cannot use x: expected object, received nothing$/)
  const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(9)}]`)
  assert.throws(() => parse(['l0: &l0 [x]', ...levels].join('\n')), /^Cannot use x: Excessive alias count/)
})

policy.run()

async function withFile(text: string, use: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-policy-'))
  try {
    const path = join(folder, 'policy.yaml')
    writeFileSync(path, text)
    await use(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const file = suite('readPolicyFile()')

file('reads a template from a file', async () => {
  await withFile(TEMPLATE, async (path) => {
    assert.is((await readPolicyFile(path)).signals.errorRate?.max, 0.02)
  })
})

file('names the file in its refusal', async () => {
  await withFile('falseAbort: 1', async (path) => {
    await rejects(readPolicyFile(path), { message: new RegExp(`^Cannot use policy "${path}": 2 faults`) })
  })
  await rejects(readPolicyFile('/nowhere/p.yaml'), /^InputError: Cannot use policy "\/nowhere\/p\.yaml": ENOENT/)
})

file('refuses more than a ConfigMap can hold', async () => {
  await withFile(`${TEMPLATE}#${' '.repeat(2 ** 20)}`, async (path) => {
    await rejects(readPolicyFile(path), /expected at most 1048576 bytes, received \d+$/)
  })
})

file.run()

const text = suite('readTextFile()')

text('reads as much as is allowed, and no more', async () => {
  await withFile('abc', async (path) => {
    assert.is(await readTextFile(path, 'x', 3), 'abc')
    await rejects(readTextFile(path, 'x', 2), /^InputError: Cannot use x: expected at most 2 bytes, received 3$/)
  })
})

text.run()
