import type { DecisionPolicy } from '#decision'
import type { Tolerance, Tolerances } from '#runtime'
import { readPolicyFile } from '../policy-file.ts'
import { FaultCollector } from '../rehearsal/collect-faults.ts'
import { toleranceFaults } from '../tolerance-faults.ts'
import { offlinePolicy } from './judge.ts'
import { openCandidate, openContained, type ContainedModel, type UnloadableModel } from './open-models.ts'
import type { CompareOptions } from './options.ts'
import { countRequests, type RequestCounts } from './request-stream.ts'

/** Everything that a comparison needs, read and checked. */
export interface Preparation {
  readonly stable: ContainedModel
  readonly canary: ContainedModel | UnloadableModel
  readonly policy: DecisionPolicy
  readonly tolerances: Tolerances
  readonly counts: RequestCounts
}

/** @throws {InputError} with everything that is wrong with models, policy and requests */
export async function prepareComparison(options: CompareOptions): Promise<Preparation> {
  const faults = new FaultCollector()
  const { stablePath, candidatePath, policyPath, requestsPath, runTimeoutMs } = options
  const stable = await faults.attempt('--stable', () => openContained(stablePath, runTimeoutMs))
  const canary = await faults.attempt('--candidate', () => openCandidate(candidatePath, runTimeoutMs))
  try {
    const policy = await faults.attempt('--policy', async () =>
      offlinePolicy(policyPath === undefined ? undefined : await readPolicyFile(policyPath)),
    )
    if (stable !== undefined && policy !== undefined) {
      const { outputs } = stable.model.signature
      const named = Object.keys(policy.signals.shadow?.tolerances ?? {})
      faults.add('--policy', toleranceFaults(named, { outputs, owner: 'stable', prefix: 'signals.shadow.tolerances.' }))
    }
    const counts =
      stable &&
      (await faults.attempt('--requests', () => countRequests(requestsPath, stable.model.signature, 'the requests')))
    faults.refuse('what is to be compared')
    const tolerances = new Map<string, Tolerance>(Object.entries(policy!.signals.shadow!.tolerances))
    return { stable: stable!, canary: canary!, policy: policy!, tolerances, counts: counts! }
  } catch (error) {
    await Promise.all([stable?.model.release(), canary?.model.release()])
    throw error
  }
}
