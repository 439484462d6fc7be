/** One possible outcome and its probability. */
export interface Outcome {
  readonly counts: readonly number[]
  readonly probability: number
}

/** Every way in which so many independent requests can fall into categories: exact expectations for small counts. */
export function allOutcomes(requests: number, shares: readonly number[]): Outcome[] {
  const [share = 0, ...others] = shares
  if (others.length === 0) return [{ counts: [requests], probability: share ** requests }]
  return Array.from({ length: requests + 1 }, (_, here) =>
    allOutcomes(requests - here, others).map(({ counts, probability }) => ({
      counts: [here, ...counts],
      probability: choose(requests, here) * share ** here * probability,
    })),
  ).flat()
}

/** Expectation of a function of both arms' counts. */
export function expectation(
  canary: readonly Outcome[],
  stable: readonly Outcome[],
  value: (canary: readonly number[], stable: readonly number[]) => number,
): number {
  let sum = 0
  for (const a of canary) {
    for (const b of stable) sum += a.probability * b.probability * value(a.counts, b.counts)
  }
  return sum
}

function choose(n: number, k: number): number {
  let ways = 1
  for (let i = 0; i < k; i += 1) ways = (ways * (n - i)) / (i + 1)
  return ways
}
