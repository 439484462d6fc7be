import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

export interface Options {
  readonly seed: string
  /** Runs per cell where the user sets them; a tenth of each cell's own with `--quick`. */
  readonly runs: number | undefined
  readonly quick: boolean
  /** Which cells to simulate, by their names; the results of the others are kept. */
  readonly cells: RegExp | undefined
  /** Folder of calibration.md and calibration/. */
  readonly out: string
  readonly workers: number
  /** Writes tables and charts from the results that are there, without a simulation. */
  readonly render: boolean
}

export const USAGE = `Usage: node test/simulation/calibrate.ts [options]

Simulates rollouts and writes calibration.md, calibration/results.json and calibration/*.svg.

  --seed TEXT     seed of all random streams (default "modelgate")
  --runs N        runs per cell instead of each cell's own
  --quick         a tenth of each cell's runs
  --cells REGEX   only cells whose name matches; other results are kept
  --out FOLDER    where to write (default docs)
  --workers N     threads (default: one per processor)
  --render        write tables and charts again from results.json

Example: node test/simulation/calibrate.ts --quick --cells '^errors' --out /tmp/calibration
`

/** @throws {Error} with one sentence per fault */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: 'modelgate' },
      runs: { type: 'string' },
      quick: { type: 'boolean', default: false },
      cells: { type: 'string' },
      out: { type: 'string', default: 'docs' },
      workers: { type: 'string', default: String(availableParallelism()) },
      render: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  return {
    seed: values.seed,
    runs: values.runs === undefined ? undefined : wholeNumber('--runs', values.runs, 1_000_000),
    quick: values.quick,
    cells: values.cells === undefined ? undefined : new RegExp(values.cells),
    out: values.out,
    workers: wholeNumber('--workers', values.workers, 256),
    render: values.render,
  }
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new Error(`Cannot use ${option}: expected a whole number from 1 to ${most}, received "${text}"`)
}
