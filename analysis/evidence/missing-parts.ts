import { InputError } from '#faults'
import type { Part } from './counter.ts'
import type { MetricProfile } from './profile.ts'
import type { WindowBuilder } from './window-builder.ts'

/** After so many requests of an arm, a part that has never been counted is not late but missing. */
const REQUESTS_THAT_SHOW = 100

/**
 * Refuses to wait for evidence that will never come: requests are counted, and still no pod has shown one of the metrics
 * that the policy needs. The shadow comparator counts in the canary's pods, so only their requests tell about it.
 *
 * @throws {InputError} naming every missing metric
 */
export function refuseMissingParts(
  profile: MetricProfile,
  needs: ReadonlySet<Part> | undefined,
  { measured, requests }: Pick<WindowBuilder, 'measured' | 'requests'>,
): void {
  const faults = [...(needs ?? [])]
    .filter((part) => !measured.has(part))
    .filter((part) => {
      const witnesses =
        part === 'shadow' || part === 'shadowErrors' ? requests.canary : requests.canary + requests.stable
      return witnesses >= REQUESTS_THAT_SHOW
    })
    .map((part) => ({ path: part, text: `expected ${sourceOf(profile, part)} on some pod, received no such series` }))
  if (faults.length > 0) throw new InputError(`the metrics of profile "${profile.name}"`, faults)
}

function sourceOf(profile: MetricProfile, part: Part): string {
  const metrics = profile.families.filter((family) => family.part === part).map(({ metric }) => `'${metric}'`)
  if (metrics.length > 0) return `metric ${metrics.join(' or ')}`
  return part === 'errors' ? 'a label with the response code, or a counter of errors,' : `a metric for ${part}`
}
