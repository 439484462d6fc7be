import { z } from 'zod'
import { decisionPolicyShape } from '#decision'
import { schemaFaults } from '#faults'
import type { SliceSource, Tolerances } from '#runtime'

/** Shares of the requests that are compared where nobody says. A router has taken its own sample already. */
const COPIED_SHARE = 0.1
const MIRRORED_SHARE = 1

const HEADER = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/

/** What the command line calls the settings of shadowing; without dashes, as `parseArgs` wants them. */
export const SHADOW_ARGUMENTS = {
  'shadow-to': { type: 'string' },
  'shadow-share': { type: 'string' },
  'shadow-accept': { type: 'boolean' },
  'shadow-stable': { type: 'string' },
  'shadow-token-file': { type: 'string' },
  'shadow-identity': { type: 'string' },
  'shadow-id-header': { type: 'string' },
  'shadow-salt': { type: 'string' },
  'shadow-slice': { type: 'string' },
  'shadow-policy': { type: 'string' },
  'shadow-tolerances': { type: 'string' },
  'shadow-examples': { type: 'string' },
  'shadow-redact': { type: 'boolean' },
  'shadow-noise': { type: 'string' },
} as const

/** The part of the runtime's help that explains them. */
export const SHADOW_HELP = `Shadowing copies answered requests to the canary, which compares (docs/shadow.md). Each option may as well be set in the
environment, as SHADOW_TO for --shadow-to:

  --shadow-to URL       copy a sample of the requests, with their answers, to the pods behind this address
  --shadow-share X      share of the requests to copy, 0 to 1; default 0.1, and 1 with --shadow-stable
  --shadow-accept       compare what other pods send to POST /shadow/compare
  --shadow-stable FILE  stable's model, where a router mirrors requests to this pod: both models run, and are compared;
                        such a pod must not answer users, and counts no request
  --shadow-token-file F pods that send show the token in this file, and pods that compare ask for it
  --shadow-identity ID  what tells releases apart; pods of one release are not compared; default: the model's SHA-256
  --shadow-slice S      count agreement by slice: header:NAME, or input:NAME[3] for an element of each row
  --shadow-policy FILE  take signals.shadow.tolerances, how far numbers may lie apart, from this policy or AnalysisTemplate
  --shadow-tolerances J the same by hand, where there is no such file: {"probabilities":{"absolute":0.05}}
  --shadow-examples N   keep this many differing examples, inputs and all, and show them at GET /shadow/examples; default 0
  --shadow-redact       keep the examples without their inputs
  --shadow-noise X      share of the requests to answer twice, to measure how often the model contradicts itself; default 0
  --shadow-id-header H  sample by this header, such as x-request-id, instead of by the inputs
  --shadow-salt TEXT    another salt takes another sample
`

const fraction = z.string().transform((text, context) => {
  const value = /^(?:\d+(?:\.\d+)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN
  if (value >= 0 && value <= 1) return value
  context.addIssue({ code: 'custom', message: 'expected a share from 0 to 1' })
  return z.NEVER
})

const address = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username + url.password + url.search + url.hash === ''
  ) {
    return url
  }
  context.addIssue({ code: 'custom', message: 'expected an address such as "http://iris-canary"' })
  return z.NEVER
})

/** A switch: bare on the command line, `true` or `false` in the environment. */
const flag = z
  .union([z.boolean(), z.enum(['true', 'false'])], 'expected true or false')
  .transform((value) => value === true || value === 'true')

const header = z.string().regex(HEADER, 'expected the name of a header').toLowerCase()

const slice = z.string().transform((text, context): SliceSource => {
  const [, headerName] = /^header:(.+)$/.exec(text) ?? []
  if (headerName !== undefined && HEADER.test(headerName)) return { kind: 'header', name: headerName.toLowerCase() }
  const [, input, column] = /^input:([^[\]]+)(?:\[(\d{1,6})\])?$/.exec(text) ?? []
  if (input !== undefined) return { kind: 'input', name: input, column: Number(column ?? 0) }
  context.addIssue({ code: 'custom', message: 'expected "header:NAME" or "input:NAME[0]"' })
  return z.NEVER
})

const NO_TOLERANCES: Tolerances = new Map()

const toleranceSchema = decisionPolicyShape.signals.shape.shadow.unwrap().shape.tolerances

/** The same schema as a policy's, in JSON. */
const tolerances = z.string().transform((text, context) => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'expected JSON such as {"probabilities":{"absolute":0.05}}' })
    return z.NEVER
  }
  const result = toleranceSchema.safeParse(value)
  if (result.success) return new Map(Object.entries(result.data))
  for (const { path, text: fault } of schemaFaults(result.error, value)) {
    context.addIssue({ code: 'custom', message: path === '' ? fault : `at ${path}: ${fault}` })
  }
  return z.NEVER
})

const count = z.string().transform((text, context) => {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  if (value <= 10_000) return value
  context.addIssue({ code: 'custom', message: 'expected a whole number from 0 to 10000' })
  return z.NEVER
})

const text = z.string().max(256, 'expected at most 256 characters')

/** Fields for the schema of the runtime's options. */
export const shadowShape = {
  '--shadow-to': address.optional(),
  '--shadow-share': fraction.optional(),
  '--shadow-accept': flag.prefault(false),
  '--shadow-stable': z.string().min(1, 'expected the path of an ONNX model').optional(),
  '--shadow-token-file': z.string().min(1, 'expected the path of a file').optional(),
  '--shadow-identity': text.min(1, 'expected an identity').optional(),
  '--shadow-id-header': header.optional(),
  '--shadow-salt': text.default(''),
  '--shadow-slice': slice.optional(),
  '--shadow-policy': z.string().min(1, 'expected the path of a policy').optional(),
  '--shadow-tolerances': tolerances.optional(),
  '--shadow-examples': count.prefault('0'),
  '--shadow-redact': flag.prefault(false),
  '--shadow-noise': fraction.prefault('0'),
}

type Parsed = z.output<z.ZodObject<typeof shadowShape>>

/** The options that say what is served. */
interface Served {
  readonly '--model': readonly unknown[]
  readonly '--models'?: string | undefined
}

/** Options among which some may have faults of their own; these have any value, or none. */
type Unchecked<T> = { readonly [K in keyof T]?: T[K] | undefined }

/**
 * Lists what cannot be said together: tolerances stand in one place, and a pod that a router mirrors to compares one model and
 * neither sends nor takes copies. Looks at nothing but what is there, so that it can run beside the checks of single options.
 */
export function checkShadow(options: Unchecked<Parsed & Served>, context: z.RefinementCtx): void {
  const refuse = (path: string, message: string) => {
    context.addIssue({ code: 'custom', path: [path], message })
  }
  if (options['--shadow-policy'] !== undefined && options['--shadow-tolerances'] !== undefined) {
    refuse('--shadow-tolerances', 'expected no such option beside --shadow-policy')
  }
  if (options['--shadow-stable'] === undefined) return
  const stated: Readonly<Record<string, boolean>> = {
    '--shadow-to': options['--shadow-to'] !== undefined,
    '--shadow-accept': options['--shadow-accept'] === true,
    '--shadow-noise': Number(options['--shadow-noise']) > 0,
    '--models': options['--models'] !== undefined,
  }
  for (const [path, isStated] of Object.entries(stated)) {
    if (isStated) refuse(path, 'expected no such option beside --shadow-stable')
  }
  if ((options['--model'] ?? []).length > 1) refuse('--model', 'expected one model beside --shadow-stable')
}

/**
 * Gathers what belongs to shadowing.
 *
 * @param modelsMayChange whether models may be exchanged while they serve
 */
export function shadowOptions(options: Parsed, modelsMayChange: boolean) {
  return {
    to: options['--shadow-to'],
    share: options['--shadow-share'] ?? (options['--shadow-stable'] === undefined ? COPIED_SHARE : MIRRORED_SHARE),
    accept: options['--shadow-accept'],
    stable: options['--shadow-stable'],
    tokenPath: options['--shadow-token-file'],
    identity: options['--shadow-identity'],
    idHeader: options['--shadow-id-header'],
    salt: options['--shadow-salt'],
    slice: options['--shadow-slice'],
    /** Where `tolerances` are to be read from instead. */
    policyPath: options['--shadow-policy'],
    tolerances: options['--shadow-tolerances'] ?? NO_TOLERANCES,
    maxExamples: options['--shadow-examples'],
    redact: options['--shadow-redact'],
    noiseShare: options['--shadow-noise'],
    modelsMayChange,
  }
}

/** How a model server shadows and is shadowed. */
export type ShadowOptions = Readonly<ReturnType<typeof shadowOptions>>

/** Options that stand in the environment; an empty variable is as good as none. */
export function shadowEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given = Object.keys(SHADOW_ARGUMENTS).map(
    (name) => [name, env[name.replaceAll('-', '_').toUpperCase()]] as const,
  )
  return Object.fromEntries(
    given.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]])),
  )
}
