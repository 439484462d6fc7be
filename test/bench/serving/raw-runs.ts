import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { z } from 'zod'

const DURATION_MS = 1_500

const resultSchema = z.object({ rowsPerSecond: z.number(), cpuMsPerRow: z.number() })

/** What a model does by itself, without a server. */
export interface RawRun extends z.infer<typeof resultSchema> {
  readonly name: string
  /** Rows of each run. */
  readonly batch: number
}

/** A model and the width of its input. */
export interface RawModel {
  readonly name: string
  readonly path: string
  readonly width: number
}

/** Runs a model over and over, in a process of its own. */
export function measureRaw({ name, path, width }: RawModel, batch: number): RawRun {
  const args = [join(import.meta.dirname, 'raw-model.ts'), path, String(width), String(batch), String(DURATION_MS)]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`Cannot measure ${name}: ${stderr}`)
  return { name, batch, ...resultSchema.parse(JSON.parse(stdout)) }
}

/** The faster of two measurements. */
export function faster(a: RawRun, b: RawRun): RawRun {
  return a.rowsPerSecond >= b.rowsPerSecond ? a : b
}
