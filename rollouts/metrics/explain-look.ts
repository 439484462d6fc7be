import { argoText } from './argo-text.ts'
import type { RevisionLook } from './revision.ts'

/**
 * The verdict's reason, in a form that the controller leaves as it is. A pod that dies takes with it what it has not counted
 * yet, so restarts are told whatever the verdict.
 */
export function explainLook({ verdict: { reason }, canaryRestarts }: RevisionLook): string {
  if (canaryRestarts === 0) return argoText(reason)
  const times = canaryRestarts === 1 ? 'once' : `${canaryRestarts} times`
  return argoText(`${reason}; pods of the canary restarted ${times}`)
}
