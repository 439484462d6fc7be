import { z } from 'zod'
import { parseInput } from '#faults'
import type { RunFacts } from './course.ts'
import { subjectOf } from './subject.ts'

/** Reads one path of the Kubernetes API as JSON; rejects with a clear text when it cannot. Bounded in time and size. */
export type ReadApi = (path: string, signal: AbortSignal) => Promise<unknown>

/** What a gate has to know of a Rollout. */
export interface RolloutFacts {
  /** Hash of the stable pods; undefined while there are none. */
  readonly stableHash: string | undefined
  /** For each canary step the weight that it sets, a percentage; null for other steps. */
  readonly setWeights: readonly (number | null)[]
}

/** The cluster, as far as a gate reads it: two kinds of resource, nothing written. */
export interface Cluster {
  rollout(namespace: string, name: string, signal: AbortSignal): Promise<RolloutFacts>
  /** All AnalysisRuns of one pod template hash. */
  runs(namespace: string, canaryHash: string, signal: AbortSignal): Promise<readonly RunFacts[]>
}

const rolloutSchema = z.object({
  spec: z.object({
    strategy: z.object({
      canary: z
        .object({
          steps: z.array(z.object({ setWeight: z.number().optional() })).default([]),
          trafficRouting: z.object({ maxTrafficWeight: z.int().min(1).default(100) }).optional(),
        })
        .optional(),
    }),
  }),
  status: z.object({ stableRS: z.string().optional() }).default({}),
})

const runListSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        namespace: z.string(),
        creationTimestamp: z.iso.datetime(),
        labels: z.record(z.string(), z.string()).default({}),
        annotations: z.record(z.string(), z.string()).default({}),
        ownerReferences: z.array(z.object({ apiVersion: z.string(), kind: z.string(), name: z.string() })).default([]),
      }),
      status: z.object({ phase: z.string().default('') }).default({ phase: '' }),
    }),
  ),
})

/** Runs of one hash are a handful; this bounds what a stray label could bring. */
const MAX_RUNS = 500

export function readCluster(read: ReadApi): Cluster {
  return {
    rollout: async (namespace, name, signal) => {
      const path = `${group(namespace)}/rollouts/${encodeURIComponent(name)}`
      const { spec, status } = parseInput(rolloutSchema, await read(path, signal), `Rollout "${namespace}/${name}"`)
      const { steps = [], trafficRouting } = spec.strategy.canary ?? {}
      const percent = (weight: number) => (100 * weight) / (trafficRouting?.maxTrafficWeight ?? 100)
      const stable = status.stableRS
      return {
        stableHash: stable === '' ? undefined : stable,
        setWeights: steps.map(({ setWeight }) => (setWeight === undefined ? null : percent(setWeight))),
      }
    },
    runs: async (namespace, canaryHash, signal) => {
      const selector = encodeURIComponent(`rollouts-pod-template-hash=${canaryHash}`)
      const path = `${group(namespace)}/analysisruns?labelSelector=${selector}&limit=${MAX_RUNS}`
      const subject = `the AnalysisRuns of "${namespace}", hash ${canaryHash}`
      const { items } = parseInput(runListSchema, await read(path, signal), subject)
      return items.flatMap(({ metadata, status }) => {
        // A run that a person made by hand may carry the label too; it is not a part of the rollout.
        if (metadata.ownerReferences.every(({ kind }) => kind !== 'Rollout')) return []
        const createdMs = Date.parse(metadata.creationTimestamp)
        const owners = metadata.ownerReferences.map((owner) => ({ ...owner, uid: '', controller: true }))
        const { run, revision, type, stepIndex } = subjectOf(
          { ...metadata, ownerReferences: owners, creationTimestamp: new Date(createdMs) },
          createdMs,
        )
        return [{ name: run, revision, type, stepIndex, createdMs, phase: status.phase }]
      })
    },
  }
}

function group(namespace: string): string {
  return `/apis/argoproj.io/v1alpha1/namespaces/${encodeURIComponent(namespace)}`
}
