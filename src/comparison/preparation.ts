import type { DecisionPolicy } from '#decision'
import { signatureDifferences, type Tolerance, type Tolerances } from '#runtime'
import { readPolicyFile } from '../policy-file.ts'
import { FaultCollector } from '../rehearsal/collect-faults.ts'
import { offlinePolicy } from './judge.ts'
import { openContained, type ContainedModel } from './open-models.ts'
import type { CompareOptions } from './options.ts'
import { countRequests, type RequestCounts } from './request-stream.ts'

/** Everything that a comparison needs, read and checked. */
export interface Preparation {
  readonly stable: ContainedModel
  readonly canary: ContainedModel
  readonly policy: DecisionPolicy
  readonly tolerances: Tolerances
  readonly counts: RequestCounts
  /** What keeps the canary from answering stable's requests; empty when nothing does. */
  readonly differences: readonly string[]
}

/** @throws {InputError} with everything that is wrong with models, policy and requests */
export async function prepareComparison(options: CompareOptions): Promise<Preparation> {
  const faults = new FaultCollector()
  const { stablePath, candidatePath, policyPath, requestsPath, runTimeoutMs } = options
  const stable = await faults.attempt('--stable', () => openContained(stablePath, runTimeoutMs))
  const canary = await faults.attempt('--candidate', () => openContained(candidatePath, runTimeoutMs))
  try {
    const policy = await faults.attempt('--policy', async () =>
      offlinePolicy(policyPath === undefined ? undefined : await readPolicyFile(policyPath)),
    )
    if (stable !== undefined && policy !== undefined) faults.add('--policy', toleranceFaults(policy, stable))
    const counts =
      stable &&
      (await faults.attempt('--requests', () => countRequests(requestsPath, stable.model.signature, 'the requests')))
    faults.refuse('what is to be compared')
    const tolerances = new Map<string, Tolerance>(Object.entries(policy!.signals.shadow!.tolerances))
    const differences = signatureDifferences(stable!.model.signature, canary!.model.signature)
    return { stable: stable!, canary: canary!, policy: policy!, tolerances, counts: counts!, differences }
  } catch (error) {
    await Promise.all([stable?.model.release(), canary?.model.release()])
    throw error
  }
}

/** A tolerance for an output that is not there would be silently ignored. */
function toleranceFaults({ signals }: DecisionPolicy, { model }: ContainedModel) {
  const names = model.signature.outputs.map(({ name }) => name)
  return Object.keys(signals.shadow?.tolerances ?? {})
    .filter((name) => !names.includes(name))
    .map((name) => ({
      path: `signals.shadow.tolerances.${name}`,
      text: `expected an output of stable (${names.join(', ')}), received "${name}"`,
    }))
}
