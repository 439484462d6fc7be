import { binomialTail } from '../binomial-tail.ts'
import type { Judge } from '../judge.ts'

/** The exact binomial test of "more than `limit` of the pairs disagree", on all pairs so far, repeated at every look. */
export function binomialTest(name: string, limit: number, significance: number): Judge {
  return {
    name,
    kind: 'rule',
    open: () => {
      let [pairs, disagreements] = [0, 0]
      return ({ shadow }) => {
        pairs += shadow?.pairs ?? 0
        disagreements += shadow?.disagreements ?? 0
        return binomialTail(disagreements, pairs, limit) < significance
      }
    },
  }
}
