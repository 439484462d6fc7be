/** Shares of the predictions of an ordinary classifier with 3 or 10 classes: a few frequent ones, some rare. */
export const THREE_CLASSES: readonly number[] = [0.6, 0.3, 0.1]
export const TEN_CLASSES: readonly number[] = [0.3, 0.2, 0.14, 0.1, 0.08, 0.06, 0.05, 0.04, 0.02, 0.01]

/** Total variation distance: half the sum of the absolute differences. */
export function totalVariation(p: readonly number[], q: readonly number[]): number {
  return 0.5 * p.reduce((sum, share, k) => sum + Math.abs(share - q[k]!), 0)
}

/** Population stability index: sum of (p - q) ln(p / q); infinite when a class is missing on one side. */
export function stabilityIndex(p: readonly number[], q: readonly number[]): number {
  return p.reduce((sum, share, k) => sum + (share === q[k] ? 0 : (share - q[k]!) * Math.log(share / q[k]!)), 0)
}

/** Every second class, from the first on, loses its part of `distance` to the others: a small shift of everything. */
export function spreadShift(shares: readonly number[], distance: number): number[] {
  const losing = shares.reduce((sum, share, k) => (k % 2 === 0 ? sum + share : sum), 0)
  return shares.map((share, k) => share * (k % 2 === 0 ? 1 - distance / losing : 1 + distance / (1 - losing)))
}

/** The most frequent class loses `distance` to the rarest. */
export function singleShift(shares: readonly number[], distance: number): number[] {
  const last = shares.length - 1
  return shares.map((share, k) => (k === 0 ? share - distance : k === last ? share + distance : share))
}

/** Later classes become likelier, each by the same factor over the one before, until the stability index is `index`. */
export function tiltedTo(shares: readonly number[], index: number): number[] {
  let [low, high] = [0, 10]
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2
    if (stabilityIndex(tilt(shares, middle), shares) < index) low = middle
    else high = middle
  }
  return tilt(shares, low)
}

function tilt(shares: readonly number[], strength: number): number[] {
  const raised = shares.map((share, k) => share * Math.exp((strength * k) / (shares.length - 1)))
  const sum = raised.reduce((total, share) => total + share, 0)
  return raised.map((share) => share / sum)
}
