/** Bounds in seconds, close together where interactive services promise their latency. */
const BOUNDS_SECONDS = [
  0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5, 1, 2.5, 5, 10,
]

/**
 * Bucket bounds for the rehearsed servers, the objective among them: a latency objective can only be judged exactly where a
 * bucket ends.
 *
 * @param objectiveMs the latency objective, milliseconds; undefined for none
 * @returns seconds, rising
 */
export function latencyBounds(objectiveMs: number | undefined): number[] {
  const bounds = objectiveMs === undefined ? BOUNDS_SECONDS : [...BOUNDS_SECONDS, objectiveMs / 1_000]
  return [...new Set(bounds)].sort((a, b) => a - b)
}
