import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { COMPARE_PATH, MEDIA_TYPE } from './message-format.ts'
import { bearer } from './shadow-access.ts'
import type { Delivery } from './shadow-sender.ts'

export interface DeliveryOptions {
  /** Where the canary is, such as `http://iris-canary`; a path in it goes before `/shadow/compare`. */
  readonly to: URL
  /** What the canary wants to be shown. */
  readonly token?: string | undefined
  /** How long one message may take, milliseconds. */
  readonly timeoutMs: number
  readonly maxConnections: number
  /**
   * A connection is not used for longer than this, milliseconds: a Kubernetes Service chooses a pod per connection, and the
   * one that was chosen may be of another release by now.
   */
  readonly connectionLifeMs: number
  /** Milliseconds; only differences matter. */
  readonly now: () => number
}

/** Sends messages to the canary. */
export interface Courier {
  deliver(message: readonly Buffer[]): Promise<Delivery>
  /** Breaks what is under way. */
  close(): void
}

/** Opens keep-alive connections as they are needed. A failure of any kind retires them, so that the next try looks again. */
export function openCourier(options: DeliveryOptions): Courier {
  const { to, token, timeoutMs, maxConnections, connectionLifeMs, now } = options
  const secure = to.protocol === 'https:'
  const Agent = secure ? HttpsAgent : HttpAgent
  const send = secure ? httpsRequest : httpRequest
  const url = new URL(`${to.pathname.replace(/\/$/, '')}${COMPARE_PATH}`, to)
  const authorization = token === undefined ? {} : { authorization: bearer(token) }
  let route = openRoute()

  return {
    async deliver(message) {
      if (now() - route.openedMs > connectionLifeMs) retire()
      const used = route
      used.inFlight += 1
      const delivery = await post(Buffer.concat(message), used.agent)
      used.inFlight -= 1
      if (used === route && delivery !== 'delivered' && delivery !== 'busy') retire()
      if (used !== route && used.inFlight === 0) used.agent.destroy()
      return delivery
    },
    close: () => {
      route.agent.destroy()
    },
  }

  function openRoute(): Route {
    return { agent: new Agent({ keepAlive: true, maxSockets: maxConnections }), openedMs: now(), inFlight: 0 }
  }

  /** What is under way on the old connections may end there. */
  function retire(): void {
    const old = route
    route = openRoute()
    if (old.inFlight === 0) old.agent.destroy()
  }

  function post(body: Buffer, agent: HttpAgent): Promise<Delivery> {
    return new Promise((resolve) => {
      const headers = { 'content-type': MEDIA_TYPE, 'content-length': body.length, ...authorization }
      const signal = AbortSignal.timeout(timeoutMs)
      const request = send(url, { method: 'POST', agent, headers, signal }, (response) => {
        response.resume()
        response.on('error', () => {
          resolve('away')
        })
        response.on('end', () => {
          resolve(deliveryOf(response.statusCode ?? 0))
        })
      })
      request.on('error', () => {
        resolve('away')
      })
      request.end(body)
    })
  }
}

/** Connections that were opened at one time. */
interface Route {
  readonly agent: HttpAgent
  readonly openedMs: number
  inFlight: number
}

/** 404 is a server that does not compare: whatever stands there, no canary does. */
function deliveryOf(status: number): Delivery {
  if (status === 202) return 'delivered'
  if (status === 409) return 'same'
  if (status === 503) return 'busy'
  if (status === 404 || status >= 500) return 'away'
  return 'refused'
}
