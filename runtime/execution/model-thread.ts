// The entry of a worker thread that holds one model.
import { parentPort } from 'node:worker_threads'
import { modelHost } from './model-host.ts'
import { transferable } from './message-buffers.ts'
import type { HostReply, HostRequest } from './model-messages.ts'

const port = parentPort
if (port === null) throw new Error('Cannot start a model thread: this is the main thread')

const answer = modelHost((reply: HostReply) => {
  port.postMessage(reply, reply.kind === 'outputs' ? transferable(reply.outputs) : [])
})

async function take(request: HostRequest): Promise<void> {
  await answer(request)
  // The thread ends when nothing is left to listen to.
  if (request.kind === 'stop') port?.close()
}

port.on('message', (request: HostRequest) => void take(request))
