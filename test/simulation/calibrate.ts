// Simulates rollouts whose truth is known and writes how often the gate is wrong, and how late: docs/calibration.md.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import type { Cell } from './cell.ts'
import { cells } from './cells/index.ts'
import { readOptions, USAGE, type Options } from './options.ts'
import { Progress } from './progress.ts'
import { renderCharts } from './report/charts.ts'
import { renderReport } from './report/report.ts'
import { readResults, writeResults, type Results } from './results.ts'
import { simulate, type CellResult } from './simulate.ts'

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(USAGE)
    return
  }
  const resultsPath = join(options.out, 'calibration', 'results.json')
  const known = await readResults(resultsPath)
  const fresh = options.render ? [] : await simulateChosen(options)
  const results = merge(known, fresh, options)
  await writeResults(resultsPath, results)
  await mkdir(join(options.out, 'calibration'), { recursive: true })
  for (const [name, svg] of renderCharts(results)) await writeFile(join(options.out, 'calibration', name), svg)
  await writeFile(join(options.out, 'calibration.md'), renderReport(results))
  process.stderr.write(`wrote ${join(options.out, 'calibration.md')}\n`)
}

async function simulateChosen(options: Options): Promise<CellResult[]> {
  const chosen = cells.filter(({ name }) => options.cells?.test(name) ?? true)
  if (chosen.length === 0)
    throw new Error(`Cannot simulate: no cell matches, received --cells ${String(options.cells)}`)
  const progress = new Progress(process.stderr, performance.now())
  const results = await simulate({
    cells: chosen,
    seed: options.seed,
    runsOf: (cell) => runsOf(cell, options),
    workers: options.workers,
    onProgress: (done, total, cell) => {
      progress.show(performance.now(), done, total, cell)
    },
  })
  progress.end()
  return results
}

function runsOf(cell: Cell, { runs, quick }: Options): number {
  return runs ?? (quick ? Math.ceil(cell.runs / 10) : cell.runs)
}

/** Results in the order of the cells; those of an earlier run stay only where the user asked for some cells alone. */
function merge(known: Results | undefined, fresh: readonly CellResult[], options: Options): Results {
  const partial = options.render || options.cells !== undefined
  if (options.render && known === undefined) throw new Error(`Cannot render: no results in ${options.out}`)
  const kept = partial ? (known?.cells ?? []) : []
  if (kept.length > 0 && !options.render && known?.seed !== options.seed) {
    throw new Error(`Cannot add to results of seed "${known?.seed ?? ''}": received seed "${options.seed}"`)
  }
  const found = new Map([...kept, ...fresh].map((result) => [result.name, result]))
  const ordered = cells.flatMap(({ name }) => found.get(name) ?? [])
  return { seed: options.render ? (known?.seed ?? options.seed) : options.seed, cells: ordered }
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
