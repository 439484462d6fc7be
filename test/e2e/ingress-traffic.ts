import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import type { ModelPod } from './model-pod.ts'
import type { ResourceMirror } from './resource-mirror.ts'
import type { Ingress } from './resources.ts'
import { podsOfService, type ServiceView } from './service-proxy.ts'

const REQUESTS = join(import.meta.dirname, '../../runtime/examples/iris/requests.jsonl')
const WEIGHT = 'nginx.ingress.kubernetes.io/canary-weight'
const TICK_MS = 10
const MAX_IN_FLIGHT = 200

/** What the sender of the traffic needs to know of the cluster. */
export interface TrafficView extends ServiceView {
  readonly ingresses: ResourceMirror<Ingress>
}

/** Users of one namespace. */
export interface Traffic {
  /** Requests that no pod answered: the price that users paid, in either arm. */
  unanswered(): number
  sent(): { readonly canary: number; readonly stable: number }
  setRate(perSecond: number): void
  stop(): Promise<void>
}

/**
 * Sends predictions as ingress-nginx splits them: a request goes to the canary Ingress's service with the chance that its
 * weight annotation gives, otherwise to the stable one's; then to a ready pod that the service selects.
 *
 * @param random uniform in [0, 1)
 */
export function startTraffic(
  view: TrafficView,
  namespace: string,
  ratePerSecond: number,
  random: () => number,
): Traffic {
  const bodies = readFileSync(REQUESTS, 'utf8').trimEnd().split('\n')
  const dispatcher = new Agent({ connections: 32, headersTimeout: 5_000, bodyTimeout: 5_000 })
  const sent = { canary: 0, stable: 0 }
  let rate = ratePerSecond
  let [unanswered, inFlight, due, next] = [0, 0, 0, 0]
  let last = performance.now()

  const timer = setInterval(() => {
    const now = performance.now()
    // After a stall of this process the backlog is forgotten rather than sent as a burst.
    due = Math.min(due + (rate * (now - last)) / 1000, rate / 10 + 1)
    last = now
    const route = readRoute(view, namespace)
    for (; due >= 1; due--) if (inFlight < MAX_IN_FLIGHT) void send(route)
  }, TICK_MS)

  async function send({ weight, canary, stable }: Route): Promise<void> {
    const arm = random() * 100 < weight ? 'canary' : 'stable'
    const pods = arm === 'canary' ? canary : stable
    const address = pods[Math.floor(random() * pods.length)]?.address()
    if (address === undefined) return
    inFlight++
    sent[arm]++
    try {
      const { body } = await request(`http://${address}/predict`, {
        method: 'POST',
        dispatcher,
        headers: { 'content-type': 'application/json' },
        body: bodies[next++ % bodies.length] ?? '',
      })
      await body.dump()
    } catch {
      unanswered++
    } finally {
      inFlight--
    }
  }

  return {
    unanswered: () => unanswered,
    sent: () => sent,
    setRate(perSecond) {
      rate = perSecond
    },
    async stop() {
      clearInterval(timer)
      await dispatcher.destroy()
    },
  }
}

/** Percentage that a canary Ingress asks for; undefined for any other Ingress. */
export function canaryWeight({ metadata }: Ingress): number | undefined {
  const weight = metadata.annotations?.[WEIGHT]
  return weight === undefined ? undefined : Number(weight)
}

interface Route {
  /** Percentage of requests for the canary. */
  readonly weight: number
  readonly canary: readonly ModelPod[]
  readonly stable: readonly ModelPod[]
}

function readRoute(view: TrafficView, namespace: string): Route {
  const ingresses = view.ingresses.in(namespace)
  const canary = ingresses.find((ingress) => canaryWeight(ingress) !== undefined)
  const stable = ingresses.find((ingress) => canaryWeight(ingress) === undefined)
  return {
    weight: (canary && canaryWeight(canary)) ?? 0,
    canary: podsBehind(view, namespace, canary),
    stable: podsBehind(view, namespace, stable),
  }
}

function podsBehind(view: TrafficView, namespace: string, ingress: Ingress | undefined): readonly ModelPod[] {
  const name = ingress?.spec.rules?.[0]?.http?.paths[0]?.backend.service?.name
  return podsOfService(view, namespace, name ?? '')
}
