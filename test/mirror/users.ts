import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { z } from 'zod'

/** Users who ask at the same time. */
const USERS = 4
const Predicted = z.object({ prediction: z.array(z.int()).length(1) })

/** What users were told. */
export interface Told {
  /** The predicted class of each request, one digit each; `(503)` for one that was answered with that status. */
  readonly labels: string
  /** How many connections that took. */
  readonly connections: number
}

/**
 * Sends requests to `/predict`, a few at a time, and waits for all answers.
 *
 * @param connections `kept` for one connection per user, `own` for one per request
 * @param users how many ask at the same time
 */
export async function ask(
  origin: string,
  bodies: readonly string[],
  connections: 'kept' | 'own',
  users = USERS,
): Promise<Told> {
  const labels: string[] = []
  const sockets = new Set<Socket>()
  const waiting = bodies.entries()
  const user = async () => {
    const agent = connections === 'kept' && new Agent({ keepAlive: true })
    for (const [i, body] of waiting) {
      const { label, socket } = await askOnce(agent, origin, body)
      labels[i] = label
      sockets.add(socket)
    }
    if (agent) agent.destroy()
  }
  await Promise.all(Array.from({ length: users }, user))
  return { labels: labels.join(''), connections: sockets.size }
}

async function askOnce(agent: Agent | false, origin: string, body: string): Promise<{ label: string; socket: Socket }> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  const sent = request(`${origin}/predict`, { method: 'POST', agent, headers })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const { socket, statusCode = 0 } = response
  const answer = await text(response)
  return { label: statusCode === 200 ? predicted(answer) : `(${statusCode})`, socket }
}

function predicted(answer: string): string {
  return String(Predicted.parse(JSON.parse(answer)).prediction[0])
}
