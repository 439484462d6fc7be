import type { Arm, Window } from '#decision'
import type { Random } from '../../src/rehearsal/random.ts'

/** How one version behaves. */
export interface Behaviour {
  /** Probability that a request fails. */
  readonly errors: number
  /** Median response time, seconds; the tail is that of a log-normal distribution. */
  readonly medianSeconds: number
  /** Probability of each class, adding up to 1. */
  readonly classes: Readonly<Record<string, number>>
}

/** Upper bounds of the latency buckets, seconds. */
const BOUNDS = [0.0005, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.006, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25]
/** Standard deviation of the logarithm of response times. */
const SPREAD = 0.42

/** One window of traffic: each request goes to the canary with probability `weight` percent, by its own draw. */
export function drawWindow(
  at: string,
  weight: number,
  requests: number,
  versions: { readonly stable: Behaviour; readonly canary: Behaviour },
  random: Random,
): Window {
  let toCanary = 0
  for (let k = 0; k < requests; k++) if (random() * 100 < weight) toCanary++
  const stable = drawArm(requests - toCanary, versions.stable, random)
  return weight === 0
    ? { at, weight, stable }
    : { at, weight, canary: drawArm(toCanary, versions.canary, random), stable }
}

function drawArm(requests: number, { errors, medianSeconds, classes }: Behaviour, random: Random): Arm {
  const names = Object.keys(classes)
  const predictions: Record<string, number> = {}
  const counts = new Array<number>(BOUNDS.length + 1).fill(0)
  let failed = 0
  for (let k = 0; k < requests; k++) {
    const seconds = medianSeconds * Math.exp(SPREAD * drawNormal(random))
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound)
    const place = bucket === -1 ? BOUNDS.length : bucket
    counts[place] = (counts[place] ?? 0) + 1
    if (random() < errors) {
      failed++
      continue
    }
    const name = drawName(names, classes, random)
    predictions[name] = (predictions[name] ?? 0) + 1
  }
  return { requests, errors: failed, latency: { le: [...BOUNDS], counts }, predictions }
}

function drawName(names: readonly string[], classes: Behaviour['classes'], random: Random): string {
  let left = random()
  for (const name of names) {
    left -= classes[name] ?? 0
    if (left < 0) return name
  }
  return names.at(-1) ?? ''
}

/** Box and Muller, Annals of Mathematical Statistics 1958, doi:10.1214/aoms/1177706645. */
function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
