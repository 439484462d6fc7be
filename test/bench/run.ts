// Runs every benchmark, one after the other, so that none disturbs another; each prints its own table beside its peer's.
//
//   node test/bench/run.ts [gate] [evidence] [serving] [shadow] [plugin]
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

interface Bench {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly folder: string
}

const HERE = import.meta.dirname
const script = (name: string): Bench => ({ name, command: process.execPath, args: [`${name}.ts`], folder: HERE })
const BENCHES: readonly Bench[] = [
  script('gate'),
  script('evidence'),
  script('serving'),
  script('shadow'),
  { name: 'plugin', command: 'go', args: ['run', './bench'], folder: join(HERE, '../conformance') },
]

const wanted = process.argv.slice(2)
let failures = 0
for (const { name, command, args, folder } of BENCHES) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  process.stdout.write(`\n== ${name}\n`)
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', cwd: folder })
  if (error !== undefined)
    process.stdout.write(`SKIPPED: ${name}, because '${command}' cannot be run: ${error.message}\n`)
  else if (status !== 0) failures += 1
}
process.exitCode = failures === 0 ? 0 : 1
