import { InputError } from '#faults'

/** @throws {InputError} when stable and canary are the same pods: there is nothing to compare then */
export function refuseSameHash({ stableHash, canaryHash }: { stableHash: string; canaryHash: string }): void {
  if (stableHash !== canaryHash) return
  throw new InputError('the pods to compare', [
    { path: 'stable', text: `expected another pod template hash than the canary's, received "${stableHash}"` },
  ])
}
