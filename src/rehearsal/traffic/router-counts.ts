/** The two sides of a split. */
export type ArmSide = 'stable' | 'canary'

/** Why no answer came back for a request. */
export type LossCause =
  /** No connection: nobody listens there. */
  | 'refused'
  /** The connection broke before the answer was complete. */
  | 'broken'
  /** The pod took longer than the router waits. */
  | 'timeout'
  /** Too many requests of this arm were waiting already. */
  | 'overflow'

/** What the router knows and no pod can tell. */
export interface UncountedRequests {
  readonly requests: number
  readonly errors: number
}

/** Totals of one arm, for people. */
export interface RouterTotals {
  /** Requests that were sent or should have been. */
  sent: number
  /** Answers of any status that came in time. */
  answered: number
  /** Answers to requests that the router had given up on. */
  late: number
  readonly lost: Record<LossCause, number>
}

interface Entry {
  readonly atMs: number
  readonly requests: number
  readonly errors: number
}

/**
 * Counts the requests that ended without an answer. The pods' own counters stay the evidence for everything that a pod has
 * answered, so that nothing counts twice:
 * - a request that never reached a pod, or died with it, is one request and one error here, and nowhere else;
 * - a request the router gave up on is one request and one error here; should the pod answer it after all, the pod has
 *   counted the request by then, so it is taken back here and only the error stays (not even that where the pod counted an
 *   error, too).
 */
export class RouterCounts {
  readonly totals: Readonly<Record<ArmSide, RouterTotals>> = { stable: totals(), canary: totals() }
  readonly #entries: Record<ArmSide, Entry[]> = { stable: [], canary: [] }
  /** What a window could not take because it would have gone below zero. */
  readonly #carried: Record<ArmSide, UncountedRequests> = { stable: NOTHING, canary: NOTHING }

  /** @param atMs milliseconds since 1970 */
  lose(arm: ArmSide, cause: LossCause, atMs: number): void {
    this.totals[arm].lost[cause] += 1
    this.#entries[arm].push({ atMs, requests: 1, errors: 1 })
  }

  /** A pod answered what the router had given up on. */
  answerLate(arm: ArmSide, isError: boolean, atMs: number): void {
    this.totals[arm].late += 1
    this.#entries[arm].push({ atMs, requests: -1, errors: isError ? -1 : 0 })
  }

  /**
   * What has to be added to an arm's window that ends at `untilMs`; every loss is handed out once.
   *
   * @param requests what the pods counted in this window; the sum never falls below zero or below the errors
   * @param errors what the pods counted as errors
   */
  take(arm: ArmSide, untilMs: number, requests: number, errors: number): UncountedRequests {
    const entries = this.#entries[arm]
    const due = entries.filter(({ atMs }) => atMs <= untilMs)
    this.#entries[arm] = entries.filter(({ atMs }) => atMs > untilMs)
    const sum = due.reduce<UncountedRequests>(
      (total, entry) => ({ requests: total.requests + entry.requests, errors: total.errors + entry.errors }),
      this.#carried[arm],
    )
    const moreErrors = Math.max(sum.errors, -errors)
    const moreRequests = Math.max(sum.requests, errors + moreErrors - requests)
    this.#carried[arm] = { requests: sum.requests - moreRequests, errors: sum.errors - moreErrors }
    return { requests: moreRequests, errors: moreErrors }
  }
}

const NOTHING: UncountedRequests = { requests: 0, errors: 0 }

function totals(): RouterTotals {
  return { sent: 0, answered: 0, late: 0, lost: { refused: 0, broken: 0, timeout: 0, overflow: 0 } }
}

const LOSS_TEXT: Readonly<Record<LossCause, string>> = {
  refused: 'found nobody listening',
  broken: 'broke off',
  timeout: 'took too long',
  overflow: 'found too many waiting',
}

/** One clause about what got no answer; undefined when everything did. */
export function describeLosses(name: string, { sent, lost }: RouterTotals): string | undefined {
  const causes = (Object.keys(LOSS_TEXT) as LossCause[]).filter((cause) => lost[cause] > 0)
  if (causes.length === 0) return undefined
  const total = causes.reduce((sum, cause) => sum + lost[cause], 0)
  const texts = causes.map((cause) => `${lost[cause].toLocaleString('en-US')} ${LOSS_TEXT[cause]}`)
  return `${total.toLocaleString('en-US')} of ${sent.toLocaleString('en-US')} requests to ${name} got no answer: ${texts.join(', ')}`
}
