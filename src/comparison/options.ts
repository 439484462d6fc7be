import { z } from 'zod'
import { durationMs } from '#decision'
import { parseOptions } from '../command.ts'

const file = z.string('expected a file').min(1, 'expected a file')

function whole(min: number, max: number) {
  return z.string().transform((text, context) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    context.addIssue({ code: 'custom', message: `expected a whole number from ${min} to ${max}` })
    return z.NEVER
  })
}

function duration(minMs: number, maxMs: number, example: string) {
  return durationMs.refine((valueMs) => valueMs >= minMs && valueMs <= maxMs, `expected a duration ${example}`)
}

const classNames = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .refine((names) => names.every((name) => name !== ''), 'expected names such as "setosa,versicolor"')

const schema = z
  .strictObject({
    '--stable': file,
    '--candidate': file,
    '--requests': file,
    '--policy': file.optional(),
    '--json': file.optional(),
    '--report': file.optional(),
    '--classes': classNames.optional(),
    '--worst': whole(0, 100).prefault('10'),
    '--noise-rows': whole(0, 1_000_000).prefault('1000'),
    '--speed-time': duration(0, 60_000, 'of at most 1m').prefault('1s'),
    '--timeout': duration(10, 600_000, 'from 10ms to 10m').prefault('30s'),
  })
  .transform((options) => ({
    stablePath: options['--stable'],
    candidatePath: options['--candidate'],
    requestsPath: options['--requests'],
    policyPath: options['--policy'],
    jsonPath: options['--json'],
    reportPath: options['--report'],
    classes: options['--classes'] ?? [],
    maxWorst: options['--worst'],
    noiseRows: options['--noise-rows'],
    speedTimeMs: options['--speed-time'],
    runTimeoutMs: options['--timeout'],
  }))

/** How to compare, every default filled in. */
export type CompareOptions = Readonly<z.infer<typeof schema>>

/**
 * Checks what the command line says.
 *
 * @param values options by name without the dashes
 * @throws {InputError} with every fault
 */
export function parseCompareOptions(values: Readonly<Record<string, unknown>>): CompareOptions {
  return parseOptions(schema, values, 'the command line of "modelgate compare"')
}
