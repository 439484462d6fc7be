import type { Window } from '#decision'
import { Random } from '../support/random.ts'
import type { Judge, Watch } from './judge.ts'
import type { Outcome } from './tally.ts'
import type { Traffic } from './traffic/truth.ts'
import { sinceStartMs } from './traffic/window-time.ts'

/** One row of a table: one kind of rollout, simulated many times, and those who judge it. */
export interface Cell {
  /** Unique; it names the cell's random streams, so that its figures do not depend on the other cells. */
  readonly name: string
  readonly table: string
  readonly row: readonly string[]
  readonly traffic: Traffic
  readonly judges: readonly Judge[]
  readonly runs: number
  /** Judges that see only the first runs, because their rates are far from any limit and fewer runs show it. */
  readonly brief?: { readonly judges: readonly Judge[]; readonly runs: number }
  /** When the regression begins. Who speaks before it has not found it. */
  readonly onsetMs?: number
  /** What the delay is counted in. */
  readonly counted?: 'canary requests' | 'pairs'
}

/** Outcomes of some of a cell's runs, per judge in the cell's order, brief ones last. */
export type Outcomes = readonly (readonly Outcome[])[]

export function judgesOf(cell: Cell): readonly Judge[] {
  return [...cell.judges, ...(cell.brief?.judges ?? [])]
}

/** Simulates the runs `from` to `until`, the latter not included. Each has its own stream, whoever simulates it. */
export function simulateRuns(cell: Cell, seed: string, from: number, until: number): Outcomes {
  const judges = judgesOf(cell)
  const outcomes: Outcome[][] = judges.map(() => [])
  for (let run = from; run < until; run++) {
    const present = judges.filter((_, j) => j < cell.judges.length || run < (cell.brief?.runs ?? 0))
    const stream = new Random(seed).fork(cell.name).fork(run)
    simulateRun(cell, present, stream).forEach((outcome, j) => outcomes[j]!.push(outcome))
  }
  return outcomes
}

function simulateRun(cell: Cell, judges: readonly Judge[], stream: Random): Outcome[] {
  const outcomes: Outcome[] = judges.map(() => null)
  const watches: (Watch | undefined)[] = judges.map((judge) => judge.open())
  let count = 0
  for (const window of cell.traffic(stream)) {
    const history = window.weight === 0
    const delayMs = sinceStartMs(window.at) - (cell.onsetMs ?? 0)
    if (delayMs > 0) count += countOf(window, cell.counted)
    judges.forEach((judge, j) => {
      if (history && judge.kind !== 'gate') return
      if (watches[j]?.(window) !== true) return
      if (delayMs > 0) outcomes[j] = [delayMs, count]
      watches[j] = undefined
    })
    if (watches.every((watch) => watch === undefined)) break
  }
  return outcomes
}

function countOf(window: Window, counted: Cell['counted']): number {
  return (counted === 'pairs' ? window.shadow?.pairs : window.canary?.requests) ?? 0
}
