import { z } from 'zod'
import { decisionPolicyShape, durationMs, type DecisionPolicy } from '#decision'
import type { Part } from './counter.ts'
import { DEFAULT_ERROR_CODES } from './profile.ts'
import { customMetricsSchema, PROFILE_NAMES } from './profiles/index.ts'

const MAX_SECRET = 4_096

const path = z.string('expected the path of a file').min(1, 'expected the path of a file').max(4_096)
const labelName = z
  .string('expected the name of a label')
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'expected the name of a label')

const address = z
  .string('expected an address such as "http://prometheus.monitoring:9090"')
  .max(2_048)
  .refine(
    isHttpAddress,
    'expected an address such as "http://prometheus.monitoring:9090", without user, query or fragment',
  )

const prometheus = z
  .strictObject({
    address,
    timeout: durationMs.default(30_000),
    headers: z
      .record(
        z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'expected the name of a header'),
        z.string('expected the value of a header').max(MAX_SECRET),
      )
      .default({}),
    basicAuth: z.strictObject({ username: z.string('expected a name').min(1).max(256), passwordFile: path }).optional(),
    bearerTokenFile: path.optional(),
    tls: z
      .strictObject({
        caFile: path.optional(),
        certFile: path.optional(),
        keyFile: path.optional(),
        insecureSkipVerify: z.boolean('expected true or false').default(false),
      })
      .refine(({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined), {
        message: 'expected certFile and keyFile together',
      })
      .optional(),
  })
  .refine(({ basicAuth, bearerTokenFile }) => basicAuth === undefined || bearerTokenFile === undefined, {
    message: 'expected basicAuth or bearerTokenFile, not both',
  })

const labels = z.strictObject({
  hash: labelName.default('rollouts_pod_template_hash'),
  pod: labelName.default('pod'),
  namespace: labelName.default('namespace'),
})

/** A pod template hash as Kubernetes writes it: short, lower case, safe in a query. */
const hash = z
  .string('expected a pod template hash')
  .regex(/^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/, 'expected a pod template hash such as "6f7c9d8b5"')

const errorCode = z
  .string('expected a response code')
  .regex(/^(?:[1-5]xx|[A-Za-z0-9_-]{1,32})$/, 'expected a response code such as "429" or "5xx"')

/**
 * The keys of a policy that say where evidence comes from. Commands that bring their own evidence, such as `evaluate`, need
 * none of them.
 */
export const evidencePolicyShape = {
  prometheus: prometheus.optional(),
  profile: z.enum(PROFILE_NAMES, `expected ${PROFILE_NAMES.join(', ')}`).default('modelgate'),
  custom: customMetricsSchema.optional(),
  errorCodes: z
    .array(errorCode)
    .min(1, 'expected at least one code')
    .max(64)
    .default([...DEFAULT_ERROR_CODES]),
  stable: hash.optional(),
  labels: labels.prefault({}),
  scrapeInterval: durationMs
    .refine((intervalMs) => intervalMs >= 100 && intervalMs <= 600_000, 'expected a duration from 100ms to 10m')
    .default(15_000),
  outage: z
    .strictObject({
      patience: durationMs.default(300_000),
      then: z.enum(['inconclusive', 'error'], 'expected inconclusive or error').default('inconclusive'),
    })
    .prefault({}),
}

/** Schema of a whole policy: what decides and where its evidence comes from, every default filled in. */
export const policySchema = z
  .strictObject({ ...decisionPolicyShape, ...evidencePolicyShape })
  .refine(({ profile, custom }) => (profile === 'custom') === (custom !== undefined), {
    path: ['custom'],
    message: 'expected the names of the metrics together with profile "custom", and only then',
  })

/** The block under `modelgate/slo` of an AnalysisTemplate. Times in milliseconds. */
export type Policy = z.infer<typeof policySchema>

/** How Prometheus is reached. Secrets are in files; only `headers` may hold some, and no message shows them. */
export type PrometheusSettings = z.infer<typeof prometheus>

/** Parts of the evidence without which a configured signal could never be judged. */
export function partsNeeded({ signals }: Pick<DecisionPolicy, 'signals'>): ReadonlySet<Part> {
  const needs = new Set<Part>(['requests'])
  if (signals.errorRate) needs.add('errors')
  if (signals.latency) needs.add('latency')
  if (signals.predictionDrift) needs.add(signals.predictionDrift.of === 'values' ? 'values' : 'predictions')
  if (signals.shadow) needs.add('shadow')
  if (signals.shadow?.pairedErrors === true) needs.add('shadowErrors')
  return needs
}

function isHttpAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, search, hash: fragment } = new URL(text)
  return /^https?:$/.test(protocol) && username + password + search + fragment === ''
}
