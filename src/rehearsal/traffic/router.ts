import { Pool } from 'undici'
import { REQUEST_ID_HEADER } from './request-id.ts'
import { RouterCounts, type ArmSide, type LossCause } from './router-counts.ts'

export interface RouterOptions {
  /** Origins of the pods of each arm, for example `http://127.0.0.1:40123`; at least one each. */
  readonly pods: Readonly<Record<ArmSide, readonly string[]>>
  /** Path that requests go to. */
  readonly path: string
  /** How long an answer may take before the router gives up, milliseconds. */
  readonly timeoutMs: number
  /** Connections to each pod. */
  readonly connections: number
  /** Requests of one arm under way, waiting ones included; more are lost at once, as by any proxy's circuit breaker. */
  readonly maxInFlight: number
  /** Whether a pod's counters call an answer with this status an error. */
  readonly isError: (status: number) => boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Told how a request ended: the status of its answer, or why there is none. */
export type OnEnd = (result: number | LossCause) => void

/** Stands between clients and the two arms, as a mesh or an ingress does in a cluster. */
export interface Router {
  readonly counts: RouterCounts
  /** Sends a request to an arm's pods in turn. Never throws; what becomes of the request is in the counts. */
  send(arm: ArmSide, body: string, onEnd?: OnEnd): void
  /** Gives up on requests that have waited too long; to be called often. */
  expire(): void
  /** Breaks every connection; what is under way ends as broken and counts no more. */
  close(): Promise<void>
}

/** Flights that are over and still in the list; dropping them one by one would copy the list every time. */
const MAX_EXPIRED = 1_024

/** Where a request is; `expired` ones the router has given up on, although a pod may still work on them. */
interface Flight {
  readonly arm: ArmSide
  readonly deadlineMs: number
  readonly onEnd: OnEnd | undefined
  state: 'waiting' | 'sent' | 'expired' | 'done'
  status: number
}

/** Opens connections as they are needed. */
export function openRouter(options: RouterOptions): Router {
  const { maxInFlight, timeoutMs, isError, now } = options
  const counts = new RouterCounts()
  const pools = { stable: openPools('stable'), canary: openPools('canary') }
  const turn = { stable: 0, canary: 0 }
  const inFlight = { stable: 0, canary: 0 }
  /** Oldest first, because all have the same time limit. */
  let flights: Flight[] = []
  let expired = 0
  let isOpen = true
  let requestId = 0

  return { counts, send, expire, close }

  function openPools(arm: ArmSide): readonly Pool[] {
    return options.pods[arm].map(
      (origin) => new Pool(origin, { connections: options.connections, headersTimeout: 0, bodyTimeout: 0 }),
    )
  }

  function send(arm: ArmSide, body: string, onEnd?: OnEnd): void {
    if (!isOpen) {
      onEnd?.('broken')
      return
    }
    counts.totals[arm].sent += 1
    if (inFlight[arm] >= maxInFlight) {
      counts.lose(arm, 'overflow', now())
      onEnd?.('overflow')
      return
    }
    const pool = pools[arm][turn[arm]++ % pools[arm].length]
    if (pool === undefined) throw new RangeError(`Cannot send to ${arm}: expected at least one pod, received none`)
    const flight: Flight = { arm, deadlineMs: now() + timeoutMs, onEnd, state: 'waiting', status: 0 }
    flights.push(flight)
    inFlight[arm] += 1
    const headers = { 'content-type': 'application/json', [REQUEST_ID_HEADER]: String(requestId++) }
    pool.dispatch(
      { path: options.path, method: 'POST', headers, body },
      {
        onRequestStart: (controller) => {
          // Still in the queue when the router gave up: it must not reach the pod any more.
          if (flight.state === 'expired') controller.abort(new Error('the router gave up'))
          else flight.state = 'sent'
        },
        onResponseStart: (_, status) => {
          flight.status = status
        },
        onResponseEnd: () => {
          answer(flight)
        },
        onResponseError: (_, error) => {
          fail(flight, error)
        },
      },
    )
  }

  function answer(flight: Flight): void {
    inFlight[flight.arm] -= 1
    if (!isOpen) return
    if (flight.state === 'expired') {
      counts.answerLate(flight.arm, isError(flight.status), now())
      return
    }
    flight.state = 'done'
    counts.totals[flight.arm].answered += 1
    flight.onEnd?.(flight.status)
  }

  function fail(flight: Flight, error: Error): void {
    inFlight[flight.arm] -= 1
    if (flight.state === 'expired') return
    flight.state = 'done'
    if (isOpen) lose(flight, isRefusal(error) ? 'refused' : 'broken')
    else flight.onEnd?.('broken')
  }

  function lose(flight: Flight, cause: LossCause): void {
    counts.lose(flight.arm, cause, now())
    flight.onEnd?.(cause)
  }

  function expire(): void {
    const nowMs = now()
    for (let flight = flights[expired]; flight !== undefined && flight.deadlineMs <= nowMs; flight = flights[expired]) {
      expired += 1
      if (flight.state === 'done') continue
      lose(flight, 'timeout')
      flight.state = 'expired'
    }
    if (expired < MAX_EXPIRED) return
    flights = flights.slice(expired)
    expired = 0
  }

  async function close(): Promise<void> {
    isOpen = false
    await Promise.all([...pools.stable, ...pools.canary].map((pool) => pool.destroy()))
  }
}

function isRefusal(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined
  return code === 'ECONNREFUSED' || code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'EADDRNOTAVAIL'
}
