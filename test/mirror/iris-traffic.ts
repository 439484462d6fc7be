import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { examplePath } from '../runtime/builders.ts'
import { read, readIrisAnswers } from '../runtime/example-models.ts'
import { runModelgate } from '../support/modelgate.ts'

/** What an offline comparison says of some requests. */
export interface Compared {
  readonly pairs: number
  readonly disagreements: number
}

/** Recorded requests, and what stable answers. */
export interface Traffic {
  readonly bodies: readonly string[]
  /** The class of each request as stable predicts it, one digit each, as it was recorded with the example. */
  readonly labels: string
}

const FEW = 150
const Comparison = z.object({ pairs: z.int(), disagreements: z.int() })

/** All requests of the iris example. */
export function allTraffic(): Traffic {
  const bodies = read('iris/requests.jsonl').trimEnd().split('\n')
  const { labels } = readIrisAnswers().stable
  assert.equal(labels.length, bodies.length)
  return { bodies, labels }
}

/** The first of them, as many as a comparator surely has room for at once. */
export function someTraffic(): Traffic {
  const { bodies, labels } = allTraffic()
  return { bodies: bodies.slice(0, FEW), labels: labels.slice(0, FEW) }
}

/** What `modelgate compare` finds with the same requests and models. */
export async function compareOffline(folder: string, candidate: string, { bodies }: Traffic): Promise<Compared> {
  const requests = join(folder, 'requests.jsonl')
  writeFileSync(requests, bodies.map((body) => `${body}\n`).join(''))
  const models = ['--stable', examplePath('iris/stable'), '--candidate', examplePath(`iris/${candidate}`)]
  const args = ['compare', ...models, '--requests', requests, '--speed-time', '0s', '--json', '-']
  const { code, stdout, stderr } = await runModelgate(args)
  if (stdout === '') throw new Error(`Cannot compare offline: exit code ${code ?? 'none'}, ${stderr}`)
  return Comparison.parse(JSON.parse(stdout))
}
