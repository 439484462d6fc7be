// The entry of a thread that ends its process when the parent has gone. The main thread would notice too, but a model that hangs
// keeps it from looking, and would keep a core busy for ever.
import { workerData } from 'node:worker_threads'

const INTERVAL_MS = 1_000

setInterval(() => {
  if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL')
}, INTERVAL_MS)
