// The entry of a process that holds one model and answers its parent.
import { Worker } from 'node:worker_threads'
import { modelHost } from './model-host.ts'
import type { HostReply, HostRequest } from './model-messages.ts'

// Ctrl-C reaches every process of a terminal, and the parent answers what is under way before it ends this one.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)
new Worker(new URL('./parent-watch.ts', import.meta.url), { workerData: process.ppid }).unref()

const answer = modelHost(
  (reply: HostReply) => {
    // Without a parent there is nobody to tell, and the channel's end lets this process end.
    if (process.connected) process.send?.(reply)
  },
  () => process.memoryUsage.rss(),
)

async function take(request: HostRequest): Promise<void> {
  await answer(request)
  if (request.kind === 'stop') process.disconnect()
}

process.on('message', (request: HostRequest) => void take(request))
