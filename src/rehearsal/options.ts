import { z } from 'zod'
import { durationMs } from '#decision'
import { parseOptions } from '../command.ts'
import { timeScaleSchema } from '../time-scale.ts'

const MIN_INTERVAL_MS = 200

const file = z.string('expected a file').min(1, 'expected a file')

const requestRate = z.string().transform((text, context) => {
  const [, amount] = /^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text) ?? []
  const requestsPerSecond = Number(amount ?? Number.NaN)
  if (requestsPerSecond >= 1 && requestsPerSecond <= 20_000) return requestsPerSecond
  context.addIssue({ code: 'custom', message: 'expected requests per second from 1/s to 20000/s, such as "200/s"' })
  return z.NEVER
})

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

const share = z.string().transform((text, context) => {
  const value = /^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN
  if (value >= 0 && value <= 1) return value
  context.addIssue({ code: 'custom', message: 'expected a share from 0 to 1' })
  return z.NEVER
})

const slice = z
  .string()
  .max(256, 'expected at most 256 characters')
  .regex(
    /^input:[^[\]]+(?:\[\d{1,6}\])?$/,
    'expected "input:NAME[0]", an element of each row; recorded requests have no headers',
  )

const address = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'expected an address such as "http://localhost:9090"',
  )

const schema = z
  .strictObject({
    '--stable': file,
    '--candidate': z.array(file, 'expected a file').min(1, 'expected a file').max(20, 'expected at most 20 candidates'),
    '--requests': file,
    '--rollout': file,
    '--policy': file.optional(),
    '--prometheus': address.optional(),
    '--prometheus-targets': file.default('modelgate-targets.json'),
    '--prometheus-discovery': whole(1, 65_535).optional(),
    '--prometheus-patience': duration(0, 600_000, 'of at most 10m').prefault('40s'),
    '--json': file.optional(),
    '--report': file.optional(),
    '--evidence': file.optional(),
    '--rate': requestRate.prefault('200/s'),
    '--seed': whole(0, 2 ** 32 - 1).prefault('1'),
    '--time-scale': timeScaleSchema.prefault('1'),
    '--history': duration(0, 3_600_000, 'of at most 1h').prefault('5s'),
    '--interval': duration(MIN_INTERVAL_MS, 60_000, 'from 200ms to 1m').prefault('1s'),
    '--timeout': duration(10, 600_000, 'from 10ms to 10m').prefault('5s'),
    '--pods': whole(1, 16).prefault('1'),
    '--stable-pods': whole(1, 16).prefault('1'),
    '--shadow-share': share.optional(),
    '--shadow-slice': slice.optional(),
    '--shadow-noise': share.prefault('0'),
    '--classes': z.string().min(1, 'expected names such as "setosa,versicolor"').optional(),
  })
  .refine(
    (options) =>
      options['--shadow-share'] !== 0 || (options['--shadow-slice'] === undefined && options['--shadow-noise'] === 0),
    { path: ['--shadow-share'], message: 'expected more than 0 beside --shadow-slice and --shadow-noise' },
  )
  .transform((options) => ({
    stablePath: options['--stable'],
    candidatePaths: options['--candidate'],
    requestsPath: options['--requests'],
    rolloutPath: options['--rollout'],
    policyPath: options['--policy'],
    prometheusAddress: options['--prometheus'],
    targetsPath: options['--prometheus-targets'],
    discoveryPort: options['--prometheus-discovery'],
    prometheusPatienceMs: options['--prometheus-patience'],
    jsonPath: options['--json'],
    reportPath: options['--report'],
    evidencePath: options['--evidence'],
    requestsPerSecond: options['--rate'],
    seed: options['--seed'],
    timeScale: options['--time-scale'],
    historyMs: options['--history'],
    intervalMs: options['--interval'],
    requestTimeoutMs: options['--timeout'],
    canaryPods: options['--pods'],
    stablePods: options['--stable-pods'],
    shadowShare: options['--shadow-share'],
    shadowSlice: options['--shadow-slice'],
    shadowNoise: options['--shadow-noise'],
    classes: options['--classes'],
  }))

/** How to rehearse, every default filled in. */
export type RehearsalOptions = Readonly<z.infer<typeof schema>>

/**
 * Checks what the command line says.
 *
 * @param values options by name without the dashes
 * @throws {InputError} with every fault
 */
export function parseRehearsalOptions(values: Readonly<Record<string, unknown>>): RehearsalOptions {
  return parseOptions(schema, values, 'the command line of "modelgate rehearse"')
}
