import { Worker } from 'node:worker_threads'
import { judgesOf, type Cell, type Outcomes } from './cell.ts'
import { tally, type Outcome, type Tally } from './tally.ts'
import type { Task } from './worker.ts'

/** What all judges did in one cell, as written to the results. */
export interface CellResult {
  readonly name: string
  readonly table: string
  readonly row: readonly string[]
  readonly tallies: readonly Tally[]
}

export interface Simulation {
  readonly cells: readonly Cell[]
  readonly seed: string
  /** Runs of a cell, where they differ from its own. */
  readonly runsOf: (cell: Cell) => number
  readonly workers: number
  /** Called whenever a part is done, with the runs done so far and in all. */
  readonly onProgress: (done: number, total: number, cell: string) => void
}

/** Few enough that no worker waits long for the last part of the last cell. */
const RUNS_PER_TASK = 50

interface Part {
  readonly task: Task
  outcomes?: Outcomes
}

/**
 * Simulates cells on several threads. Every run has its own random stream and parts are put together in the order of the
 * runs, so the results depend on the seed alone and not on the number of threads.
 *
 * @throws the first error of a worker, after all workers have ended
 */
export async function simulate(simulation: Simulation): Promise<CellResult[]> {
  const { cells, runsOf } = simulation
  const parts = cells.flatMap((cell) => split(cell.name, runsOf(cell)))
  await runParts(parts, simulation)
  return cells.map((cell) => ({
    name: cell.name,
    table: cell.table,
    row: cell.row,
    tallies: tallyCell(
      cell,
      parts.filter(({ task }) => task.cell === cell.name),
    ),
  }))
}

function split(cell: string, runs: number): Part[] {
  return Array.from({ length: Math.ceil(runs / RUNS_PER_TASK) }, (_, i) => ({
    task: { cell, from: i * RUNS_PER_TASK, until: Math.min(runs, (i + 1) * RUNS_PER_TASK) },
  }))
}

async function runParts(parts: readonly Part[], { seed, workers, onProgress }: Simulation): Promise<void> {
  const total = parts.reduce((sum, { task }) => sum + task.until - task.from, 0)
  let [next, done] = [0, 0]
  const threads = Array.from(
    { length: Math.min(workers, parts.length) },
    () => new Worker(new URL('./worker.ts', import.meta.url), { workerData: { seed } }),
  )
  const work = threads.map(async (thread) => {
    while (next < parts.length) {
      const part = parts[next++]!
      part.outcomes = await ask(thread, part.task)
      done += part.task.until - part.task.from
      onProgress(done, total, part.task.cell)
    }
  })
  try {
    await Promise.all(work)
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()))
  }
}

function ask(thread: Worker, task: Task): Promise<Outcomes> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      thread.off('message', onMessage)
      thread.off('error', onError)
    }
    const onMessage = (outcomes: Outcomes) => {
      settle()
      resolve(outcomes)
    }
    const onError = (error: unknown) => {
      settle()
      reject(error instanceof Error ? error : new Error(`Cannot simulate ${task.cell}: ${String(error)}`))
    }
    thread.on('message', onMessage)
    thread.on('error', onError)
    thread.postMessage(task)
  })
}

function tallyCell(cell: Cell, parts: readonly Part[]): Tally[] {
  return judgesOf(cell).map((judge, j) => {
    const outcomes: Outcome[] = parts.flatMap((part) => part.outcomes?.[j] ?? [])
    return tally(judge, outcomes)
  })
}
