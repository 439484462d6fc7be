import type { Arm, Window } from '#decision'

export type ArmName = 'canary' | 'stable'

/** Requests and errors of one arm over some windows. */
export function sumErrors(windows: readonly Window[], arm: ArmName): { requests: number; errors: number } {
  let [requests, errors] = [0, 0]
  for (const window of windows) {
    requests += window[arm]?.requests ?? 0
    errors += window[arm]?.errors ?? 0
  }
  return { requests, errors }
}

/** Bucket counts of one arm over some windows; empty when there are none. */
export function sumLatency(windows: readonly Window[], arm: ArmName): number[] {
  const sum: number[] = []
  for (const window of windows) addTo(sum, window[arm]?.latency?.counts ?? [])
  return sum
}

/** Class counts of both arms over some windows, for the classes that either has seen. */
export function sumClasses(windows: readonly Window[]): { canary: number[]; stable: number[] } {
  const canary = new Map<string, number>()
  const stable = new Map<string, number>()
  for (const window of windows) {
    addNamed(canary, window.canary)
    addNamed(stable, window.stable)
  }
  const names = [...new Set([...canary.keys(), ...stable.keys()])]
  return { canary: names.map((name) => canary.get(name) ?? 0), stable: names.map((name) => stable.get(name) ?? 0) }
}

function addTo(sum: number[], counts: readonly number[]): void {
  counts.forEach((count, k) => (sum[k] = (sum[k] ?? 0) + count))
}

function addNamed(sum: Map<string, number>, arm: Arm | undefined): void {
  for (const [name, count] of Object.entries(arm?.predictions ?? {})) sum.set(name, (sum.get(name) ?? 0) + count)
}
