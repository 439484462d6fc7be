// Runs every benchmark, one after the other, so that none disturbs another; each prints its own table and its peer's.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const HERE = import.meta.dirname
const BENCHES = ['gate.ts', 'evidence.ts', 'serving.ts', 'plugin.ts'].filter((name) => existsSync(join(HERE, name)))
const wanted = process.argv.slice(2)

let failures = 0
for (const name of BENCHES) {
  if (wanted.length > 0 && !wanted.includes(name.replace('.ts', ''))) continue
  process.stdout.write(`\n== ${name}\n`)
  const { status } = spawnSync(process.execPath, [join(HERE, name)], { stdio: 'inherit' })
  if (status !== 0) failures += 1
}
process.exitCode = failures === 0 ? 0 : 1
