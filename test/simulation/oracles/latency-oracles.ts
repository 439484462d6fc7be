import type { Judge } from '../judge.ts'
import { latencyTruth, slower, type Tail } from '../traffic/latency-shape.ts'
import { likelihoodRatio, weighLogs } from './likelihood-ratio.ts'
import { splitLogRatio } from './split-oracles.ts'

/**
 * Knows both versions' response times and what "`tolerance` times as slow as stable" means in shares, but bets only on
 * where canary's requests fall beside stable's: the likelihood ratio of the canary against the nearest tolerated one.
 *
 * The null is S_a(b) <= m(b) S_b(b) at every bound b, m being what the tolerance does to stable's true tail shares. For x
 * nondecreasing over the buckets and y the multiplier that makes the pair fair at the edge of the null, the product over
 * requests is an e-value by the weighted mean inequality.
 */
export function tolerantLatencyOracle(canary: Tail, stable: Tail, tolerance: number): Judge {
  const { bounds, shares: canaryShares } = latencyTruth(canary)
  const tolerated = latencyTruth(slower(stable, tolerance)).shares
  const multipliers = bounds.map((bound) => (stable(bound) > 0 ? stable(bound / tolerance) / stable(bound) : 1))
  const ratio = risingRatio(canaryShares, tolerated)
  return likelihoodRatio('oracle-2, tolerant', ({ canary: a, stable: b }) => {
    if (!a?.requests || !b?.requests || !a.latency || !b.latency) return 0
    const theta = a.requests / (a.requests + b.requests)
    const onCanary = ratio.map((r) => r / (1 + theta * (r - 1)))
    const onStable = [onCanary[0]!]
    for (let k = 1; k < onCanary.length; k++) {
      onStable.push(onStable[k - 1]! + multipliers[k - 1]! * (onCanary[k]! - onCanary[k - 1]!))
    }
    const highest = onStable.at(-1)! - 1
    const room = (0.95 * (1 - theta)) / theta
    const shrink = highest > room ? room / highest : 1
    return (
      weighLogs(
        a.latency.counts,
        onCanary.map((x) => Math.log(1 + shrink * (x - 1))),
      ) +
      weighLogs(
        b.latency.counts,
        onStable.map((x) => Math.log((1 - theta * (1 + shrink * (x - 1))) / (1 - theta))),
      )
    )
  })
}

/** p / q per bucket, made never to fall by pooling neighbours that do (isotonic regression with weights q). */
export function risingRatio(p: readonly number[], q: readonly number[]): number[] {
  const pools: { p: number; q: number; buckets: number }[] = []
  for (const [k, share] of p.entries()) {
    // Buckets that are as good as empty on both sides would have ratios made of rounding.
    pools.push({ p: share + 1e-9, q: q[k]! + 1e-9, buckets: 1 })
    for (let last = pools.at(-1)!, before = pools.at(-2); before && before.p / before.q >= last.p / last.q;) {
      pools.splice(-2, 2, { p: before.p + last.p, q: before.q + last.q, buckets: before.buckets + last.buckets })
      last = pools.at(-1)!
      before = pools.at(-2)
    }
  }
  return pools.flatMap((pool) => Array<number>(pool.buckets).fill(pool.p / pool.q))
}

/** Knows both versions' true shares per bucket; nobody can know more. */
export function latencyOracle1(canary: Tail, stable: Tail): Judge {
  const logs = logRatios(latencyTruth(canary).shares, latencyTruth(stable).shares)
  return likelihoodRatio('oracle-1', ({ canary: a }) => weighLogs(a?.latency?.counts ?? [], logs))
}

/** Knows by which ratio each bucket's share differs, but not the shares themselves. */
export function latencyOracle2(canary: Tail, stable: Tail): Judge {
  const [p, q] = [latencyTruth(canary).shares, latencyTruth(stable).shares]
  const ratios = p.map((share, k) => (q[k]! > 0 ? share / q[k]! : 1))
  return likelihoodRatio('oracle-2', ({ canary: a, stable: b }) =>
    splitLogRatio(a?.latency?.counts ?? [], b?.latency?.counts ?? [], ratios),
  )
}

function logRatios(p: readonly number[], q: readonly number[]): number[] {
  return p.map((share, k) => (q[k]! > 0 ? Math.log(share / q[k]!) : 0))
}
