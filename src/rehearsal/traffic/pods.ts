import type { ScrapeTarget } from '#evidence'
import type { Random } from './random.ts'
import { raisePriority } from '../raise-priority.ts'
import type { ArmSide } from './router-counts.ts'
import { describeEnd, startServing, type ServingProcess } from './serving-process.ts'

/** One arm's processes. */
export interface Arm {
  readonly side: ArmSide
  readonly podTemplateHash: string
  readonly processes: readonly ServingProcess[]
}

export interface ArmOptions {
  readonly side: ArmSide
  /** Name of the rollout; pods are called after it. */
  readonly rollout: string
  readonly podTemplateHash: string
  readonly modelPath: string
  readonly pods: number
  /** Further options of `modelgate runtime`. */
  readonly args: readonly string[]
  readonly startTimeoutMs: number
  readonly hungAfterMs?: number
  readonly random: Random
  readonly signal: AbortSignal
}

/**
 * Starts the pods of one arm, all at once.
 *
 * @throws {StartError} when one of them cannot be started; then none is left
 */
export async function startArm(options: ArmOptions): Promise<Arm> {
  const { side, podTemplateHash, pods } = options
  const starts = Array.from({ length: pods }, () => startServing({ ...options, pod: podName(options) }))
  const results = await Promise.allSettled(starts)
  const failure = results.find((result) => result.status === 'rejected')
  const processes = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  for (const { pid } of processes) raisePriority(pid)
  if (failure === undefined) return { side, podTemplateHash, processes }
  await Promise.all(processes.map((process) => process.stop()))
  throw failure.reason
}

/** How the arm ended, one clause; undefined while one of its processes runs. */
export function describeArmEnd({ side, processes }: Arm): string | undefined {
  const ends = processes.map(({ end }) => end)
  const [first = null] = ends
  if (ends.includes(null)) return undefined
  const name = side === 'canary' ? 'candidate' : 'stable'
  if (ends.length === 1) return `${name} process ${describeEnd(first)}`
  return `all ${ends.length} ${name} processes ended, the first ${describeEnd(first)}`
}

/** Where the arm's metrics are. */
export function scrapeTargets({ podTemplateHash, processes }: Arm): ScrapeTarget[] {
  return processes.map(({ pod, origin }) => ({ pod, podTemplateHash, url: `${origin}/metrics` }))
}

/** A name as a ReplicaSet gives it: `<rollout>-<hash>-<five characters>`. */
function podName({ rollout, podTemplateHash, random }: ArmOptions): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
  const suffix = Array.from({ length: 5 }, () => alphabet.charAt(Math.floor(random() * alphabet.length)))
  return `${rollout}-${podTemplateHash}-${suffix.join('')}`
}
