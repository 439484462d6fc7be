import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { processorWaitMs } from '#runtime'

const MODULE = new URL('../../../runtime/execution/lower-priority.ts', import.meta.url).href
const BUSY = 'for (;;);'
const YIELDING = `import { lowerPriority } from ${JSON.stringify(MODULE)}; lowerPriority(); ${BUSY}`

/** Runs a program in a thread of its own. */
const thread = (program: string) =>
  new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`), { execArgv: [] })

const wait = suite('processorWaitMs()')

wait('tells how long a thread of the lowest priority got no processor, and nothing of others', async () => {
  assert.is(processorWaitMs(), 0)
  const rivals = Array.from({ length: availableParallelism() }, () => thread(BUSY))
  await sleep(100)
  assert.is(processorWaitMs(), 0)
  const startedMs = performance.now()
  const yielding = thread(YIELDING)
  await sleep(400)
  const waitedMs = processorWaitMs()
  const elapsedMs = performance.now() - startedMs
  await Promise.all([yielding, ...rivals].map((worker) => worker.terminate()))
  assert.ok(waitedMs > 100 && waitedMs <= elapsedMs, `waited ${waitedMs} of ${elapsedMs} ms`)
})

wait.run()
