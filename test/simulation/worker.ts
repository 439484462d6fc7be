import { parentPort, workerData } from 'node:worker_threads'
import { simulateRuns } from './cell.ts'
import { cells } from './cells/index.ts'

/** A part of a cell's runs, `until` not included. */
export interface Task {
  readonly cell: string
  readonly from: number
  readonly until: number
}

const { seed } = workerData as { seed: string }

parentPort?.on('message', ({ cell, from, until }: Task) => {
  const found = cells.find(({ name }) => name === cell)
  if (found === undefined) throw new Error(`Cannot simulate cell: there is none of this name, received "${cell}"`)
  parentPort?.postMessage(simulateRuns(found, seed, from, until))
})
