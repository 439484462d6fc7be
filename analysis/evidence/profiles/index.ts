import type { IsErrorCode, MetricProfile } from '../profile.ts'
import { customProfile, type CustomMetrics } from './custom.ts'
import { flaskProfile } from './flask.ts'
import { modelgateProfile } from './modelgate.ts'

export { customMetricsSchema, type CustomMetrics } from './custom.ts'

/** Profiles a policy can name. */
export const PROFILE_NAMES = ['modelgate', 'flask', 'custom'] as const

export type ProfileName = (typeof PROFILE_NAMES)[number]

const BUILT_IN: Readonly<Record<Exclude<ProfileName, 'custom'>, (isError: IsErrorCode) => MetricProfile>> = {
  modelgate: modelgateProfile,
  flask: flaskProfile,
}

/** The built-in profile of that name, or one made of the given names. */
export function findProfile(name: ProfileName, custom: CustomMetrics | undefined, isError: IsErrorCode): MetricProfile {
  if (name !== 'custom') return BUILT_IN[name](isError)
  if (custom === undefined) throw new TypeError('Cannot make profile "custom": no names of metrics are given')
  return customProfile(custom, isError)
}
