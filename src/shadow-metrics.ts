import { Counter, Histogram, Registry } from 'prom-client'
import {
  SHADOW_CAUSES,
  type ComparatorRecorder,
  type Exposition,
  type IntakeDrop,
  type NoiseRecorder,
  type SendDrop,
  type SenderRecorder,
} from '#runtime'

/** Bounds of the candidate's time per example, in seconds. */
const RUN_BUCKETS = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]

const SEND_DROPS: readonly SendDrop[] = ['same', 'busy', 'refused', 'away', 'queue', 'size', 'fault']
const INTAKE_DROPS: readonly IntakeDrop[] = ['queue', 'busy', 'hung', 'noModel', 'fault']

/** The metrics of shadowing, on both of its sides. */
export interface ShadowMetrics {
  readonly sender: SenderRecorder
  readonly comparator: ComparatorRecorder
  readonly noise: NoiseRecorder
  readonly exposition: Exposition
}

/** Which sides a pod has; series of a side that it does not have would look like evidence. */
export interface ShadowSides {
  readonly sends: boolean
  readonly compares: boolean
  readonly probes: boolean
}

/** Creates the instruments in a registry of their own. Series exist from the start, so that the first count is seen as one. */
export function createShadowMetrics({ sends, compares, probes }: ShadowSides): ShadowMetrics {
  const registry = new Registry()
  const counter = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Counter({ name, help, labelNames, registers: [] })
  const sent = counter('shadow_sent_total', 'Examples that were copied to the canary with their answers.')
  const unsent = counter('shadow_unsent_total', 'Examples that were sampled and not delivered, by reason.', ['reason'])
  const pairs = counter('shadow_pairs_total', "Examples that were compared: stable's answer and the canary's.")
  const disagreements = counter('shadow_disagreements_total', 'Compared examples on which the answers differ.')
  const errors = counter('shadow_errors_total', 'Compared examples on which one side alone failed.', ['side'])
  const causes = counter('shadow_causes_total', 'Disagreements and errors of the canary alone, by cause.', ['cause'])
  const flips = counter('shadow_label_flips_total', 'Compared examples with another label.', [
    'output',
    'stable',
    'canary',
  ])
  const slicePairs = counter('shadow_slice_pairs_total', 'Compared examples by slice.', ['slice'])
  const sliceDisagreements = counter('shadow_slice_disagreements_total', 'Disagreements by slice.', ['slice'])
  const dropped = counter('shadow_dropped_total', 'Examples that arrived and were not compared, by reason.', ['reason'])
  const noisePairs = counter('shadow_noise_pairs_total', 'Examples that this model answered twice.')
  const noise = counter('shadow_noise_disagreements_total', 'Examples that this model answered twice, differently.')
  const run = new Histogram({
    name: 'shadow_run_seconds',
    help: 'Time of the candidate per compared example, of those that ran together the mean.',
    buckets: RUN_BUCKETS,
    registers: [],
  })
  if (sends) for (const metric of [sent, unsent]) registry.registerMetric(metric)
  if (compares) {
    for (const metric of [pairs, disagreements, errors, causes, flips, slicePairs, sliceDisagreements, dropped]) {
      registry.registerMetric(metric)
    }
    registry.registerMetric(run)
  }
  if (probes) for (const metric of [noisePairs, noise]) registry.registerMetric(metric)
  for (const side of ['canary', 'stable']) errors.inc({ side }, 0)
  for (const cause of SHADOW_CAUSES) causes.inc({ cause }, 0)
  for (const reason of SEND_DROPS) unsent.inc({ reason }, 0)
  for (const reason of INTAKE_DROPS) dropped.inc({ reason }, 0)

  return {
    sender: {
      sent: (examples) => {
        sent.inc(examples)
      },
      dropped: (reason, examples) => {
        unsent.inc({ reason }, examples)
      },
    },
    comparator: {
      pairs: (examples) => {
        pairs.inc(examples)
      },
      disagreements: (examples) => {
        disagreements.inc(examples)
      },
      errors: (side, examples) => {
        errors.inc({ side }, examples)
      },
      cause: (cause, examples) => {
        causes.inc({ cause }, examples)
      },
      flips: (output, stable, canary, examples) => {
        flips.inc({ output, stable, canary }, examples)
      },
      slice: (slice, compared, differing) => {
        slicePairs.inc({ slice }, compared)
        sliceDisagreements.inc({ slice }, differing)
      },
      dropped: (reason, examples) => {
        dropped.inc({ reason }, examples)
      },
      ran: (examples, seconds) => {
        run.observe(seconds / examples)
      },
    },
    noise: {
      pairs: (examples) => {
        noisePairs.inc(examples)
      },
      disagreements: (examples) => {
        noise.inc(examples)
      },
    },
    exposition: { contentType: registry.contentType, text: () => registry.metrics() },
  }
}
