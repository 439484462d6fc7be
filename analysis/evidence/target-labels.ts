import { seriesName, type ArmName, type Labels } from './counter.ts'
import type { Target } from './target.ts'

/** Names of the labels that a policy can change. */
export interface LabelNames {
  readonly hash: string
  readonly pod: string
  readonly namespace: string
}

/** Labels that scrapes add in the usual ways of setting up Prometheus, Thanos and Mimir. */
const USUAL_TARGET_LABELS = [
  'job',
  'instance',
  'container',
  'service',
  'node',
  'cluster',
  'prometheus',
  'prometheus_replica',
  'replica',
] as const

/**
 * Which labels say where a series was scraped. The start time of a process has no labels of its own, so all that it carries
 * come from the scrape; where no process says when it started, the usual names have to do.
 *
 * @param startTimes labels of the series that say when processes started
 */
export function targetLabelNames(startTimes: readonly Labels[], names: LabelNames): ReadonlySet<string> {
  const configured = [names.hash, names.pod, names.namespace]
  const found = startTimes.flatMap((labels) => Object.keys(labels))
  return new Set([...configured, ...(found.length > 0 ? found : USUAL_TARGET_LABELS)].filter((l) => l !== '__name__'))
}

/** A series' labels in two: those of the target it was scraped from, and its own. */
export function splitLabels(labels: Labels, targetLabels: ReadonlySet<string>): { target: Labels; own: Labels } {
  const target: Record<string, string | undefined> = {}
  const own: Record<string, string | undefined> = {}
  for (const [label, value] of Object.entries(labels)) {
    if (label !== '__name__') (targetLabels.has(label) ? target : own)[label] = value
  }
  return { target, own }
}

/** What a target is called in messages, and which process it is wherever its series come from. */
export interface Place {
  readonly key: string
  readonly pod: string
  readonly arm: ArmName
  /** The process itself; several targets of one process are several scrapers of it. Empty where no label tells. */
  readonly process: string
}

/** @returns undefined for a series of neither arm */
export function placeOf(target: Labels, names: LabelNames, arms: ReadonlyMap<string, ArmName>): Place | undefined {
  const arm = arms.get(target[names.hash] ?? '')
  if (arm === undefined) return undefined
  const pod = target[names.pod] ?? target['instance'] ?? ''
  const { [names.namespace]: namespace, container, instance } = target
  const process = pod === '' ? '' : JSON.stringify([arm, namespace, pod, container, instance])
  return { key: seriesName('', target), pod: pod === '' ? `of ${arm}` : pod, arm, process }
}

/**
 * Lets one scraper of each process through. Two Prometheus replicas, or a pod that two jobs select, would count every
 * request twice; evidence would then seem twice as strong as it is. Another scraper takes over when the one before has been
 * silent for a while, as after a change of the scrape configuration.
 */
export class OneScraper {
  readonly #owners = new Map<string, { key: string; lastMs: number }>()

  /**
   * @param process see {@link Place}
   * @param silenceMs how long the one before must have been silent
   */
  admits(process: string, { key }: Target, atMs: number, silenceMs: number): boolean {
    if (process === '') return true
    const owner = this.#owners.get(process)
    if (owner !== undefined && owner.key !== key && atMs - owner.lastMs <= silenceMs) return false
    this.#owners.set(process, { key, lastMs: Math.max(atMs, owner?.lastMs ?? atMs) })
    return true
  }
}
