import { z } from 'zod'
import { durationMs } from '#decision'
import { parseOptions } from './command.ts'
import { executionProviders } from '#runtime'
import { listModels, modelArguments, modelSources } from './model-arguments.ts'
import { checkShadow, shadowEnvironment, shadowOptions, shadowShape } from './shadow-options.ts'

/** Close together where interactive services promise their latency, from 1 ms to 10 s. */
const LATENCY_BUCKETS = '0.001,0.002,0.003,0.005,0.0075,0.01,0.02,0.03,0.05,0.075,0.1,0.15,0.2,0.25,0.3,0.5,1,2.5,5,10'

/** Six bounds per decade on both sides of zero, for a value of unknown size; scores need `--value-buckets`. */
const VALUE_BUCKETS = signedBuckets([1, 1.5, 2, 3, 5, 7], -2, 4).join(',')

/** How often a folder of models is looked at where nobody says. */
const FOLDER_RELOAD_MS = 10_000

const MAX_BUCKETS = 200
const MAX_CLASSES = 100

const bounds = z.string().transform((text, context) => {
  const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  const rise = values.every((value, i) => Number.isFinite(value) && (i === 0 || value > values[i - 1]!))
  if (rise && values.length <= MAX_BUCKETS) return values
  context.addIssue({ code: 'custom', message: `expected up to ${MAX_BUCKETS} rising numbers such as "0.1,0.25,0.5"` })
  return z.NEVER
})

const classNames = z.string().transform((text, context) => {
  const names = text.split(',').map((name) => name.trim())
  if (names.length <= MAX_CLASSES && new Set(names).size === names.length && !names.includes('')) return names
  context.addIssue({
    code: 'custom',
    message: `expected up to ${MAX_CLASSES} different names such as "setosa,versicolor"`,
  })
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

const positiveMs = durationMs.refine((valueMs) => valueMs > 0, 'expected a duration above 0 such as "5s"')

const executor = z.enum(['auto', 'inline', 'thread', 'process'], 'expected auto, inline, thread or process')

const providers = z.string().transform((text, context) => {
  const known = executionProviders()
  const names = text.split(',').map((name) => name.trim())
  if (new Set(names).size === names.length && names.every((name) => known.includes(name))) return names
  context.addIssue({
    code: 'custom',
    message: `expected different names among ${known.join(', ')}, which ONNX Runtime knows on this platform`,
  })
  return z.NEVER
})

const schema = z
  .strictObject({
    '--model': modelArguments,
    '--models': z.string().min(1, 'expected the path of a folder').optional(),
    '--default-model': z.string().min(1, 'expected a name').optional(),
    '--name': z.string().min(1, 'expected a name').optional(),
    '--reload-interval': durationMs.optional(),
    '--executor': executor.prefault('auto'),
    '--execution-provider': providers.prefault('cpu'),
    '--host': z.string().min(1, 'expected an address such as 0.0.0.0').default('0.0.0.0'),
    '--port': whole(0, 65_535).prefault('8080'),
    '--classes': classNames.optional(),
    '--latency-buckets': bounds.prefault(LATENCY_BUCKETS),
    '--value-buckets': bounds.prefault(VALUE_BUCKETS),
    '--max-batch': whole(1, 4_096).prefault('64'),
    '--max-queue': whole(1, 1_000_000).prefault('1024'),
    '--queue-timeout': positiveMs.prefault('5s'),
    '--run-timeout': positiveMs.prefault('10s'),
    '--max-model-bytes': whole(1, 1_099_511_627_776).prefault('2147483648'),
    '--max-rows': whole(1, 1_000_000).prefault('1024'),
    '--max-body-bytes': whole(1, 1_073_741_824).prefault('1048576'),
    '--warm-up': durationMs.prefault('1s'),
    '--drain-delay': durationMs.prefault('0s'),
    '--drain-timeout': durationMs.prefault('10s'),
    '--exit-with-parent': z.boolean().default(false),
    '--json': z.boolean().default(false),
    ...shadowShape,
  })
  .superRefine(checkShadow, { when: () => true })
  .transform((options) => {
    const reloadIntervalMs = options['--reload-interval'] ?? (options['--models'] === undefined ? 0 : FOLDER_RELOAD_MS)
    return {
      sources: modelSources(options),
      defaultModel: options['--default-model'],
      reloadIntervalMs,
      executor: options['--executor'],
      providers: options['--execution-provider'],
      host: options['--host'],
      port: options['--port'],
      classNames: options['--classes'] ?? [],
      latencyBuckets: options['--latency-buckets'],
      valueBuckets: options['--value-buckets'],
      maxBatchRows: options['--max-batch'],
      maxQueuedRows: options['--max-queue'],
      queueTimeoutMs: options['--queue-timeout'],
      runTimeoutMs: options['--run-timeout'],
      maxMemoryBytes: options['--max-model-bytes'],
      maxRows: options['--max-rows'],
      maxBodyBytes: options['--max-body-bytes'],
      warmUpMs: options['--warm-up'],
      drainDelayMs: options['--drain-delay'],
      drainTimeoutMs: options['--drain-timeout'],
      exitWithParent: options['--exit-with-parent'],
      json: options['--json'],
      shadow: shadowOptions(options, reloadIntervalMs > 0),
    }
  })

/** How a model server is to run; every limit has a default. */
export type RuntimeOptions = Readonly<z.infer<typeof schema>>

/**
 * Checks what the command line and the environment say; the command line wins.
 *
 * @param values options by name without the dashes
 * @throws {InputError} with every fault
 */
export function parseRuntimeOptions(
  values: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): RuntimeOptions {
  const given = { port: env['PORT'], ...shadowEnvironment(env), ...listModels(values, env['MODEL_PATH']) }
  return parseOptions(schema, given, 'the options of the model server')
}

function signedBuckets(steps: readonly number[], fromExponent: number, toExponent: number): number[] {
  const positive: number[] = []
  for (let exponent = fromExponent; exponent < toExponent; exponent += 1) {
    for (const step of steps) positive.push(Number((step * 10 ** exponent).toPrecision(3)))
  }
  positive.push(10 ** toExponent)
  return [...positive.map((bound) => -bound).reverse(), 0, ...positive]
}
