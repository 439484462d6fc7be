import type { Judge, Watch } from '../judge.ts'

/**
 * A measurement repeated at every look under Argo Rollouts' `failureLimit`: the analysis fails once more than that many
 * measurements have failed since it began, in a row or not.
 */
export function failureLimited(name: string, limit: number, open: () => Watch): Judge {
  return {
    name,
    kind: 'rule',
    open: () => {
      const failedNow = open()
      let failures = 0
      return (window) => {
        if (failedNow(window)) failures += 1
        return failures > limit
      }
    },
  }
}

/** What a template with several metrics does: it fails with the first one that fails. */
export function anyOf(name: string, judges: readonly Judge[]): Judge {
  return {
    name,
    kind: 'rule',
    open: () => {
      const watches = judges.map((judge) => judge.open())
      // Every metric has to see every window, so no short cut after the first alarm.
      return (window) => watches.map((watch) => watch(window)).some(Boolean)
    },
  }
}
