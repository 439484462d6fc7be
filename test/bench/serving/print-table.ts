import type { Row } from './measure.ts'
import type { RawRun } from './raw-runs.ts'

/** Prints what servers did. */
export function printRows(rows: readonly Row[]): void {
  print(
    ['server', 'connections', 'req/s', 'slowest', 'p50 ms', 'p99 ms', 'CPU ms/req', 'other CPU'],
    rows.map((row) => [
      row.name,
      String(row.connections),
      row.requestsPerSecond.toFixed(0),
      row.slowestPerSecond.toFixed(0),
      row.p50Ms.toFixed(2),
      row.p99Ms.toFixed(2),
      row.cpuMsPerRequest.toFixed(3),
      `${row.otherCores.toFixed(1)} cores`,
    ]),
  )
}

/** Prints what models did by themselves. */
export function printRuns(runs: readonly RawRun[]): void {
  print(
    ['session.run alone', 'rows a run', 'rows/s', 'CPU ms/row'],
    runs.map((run) => [run.name, String(run.batch), run.rowsPerSecond.toFixed(0), run.cpuMsPerRow.toFixed(3)]),
  )
}

function print(header: readonly string[], lines: readonly (readonly string[])[]): void {
  const widths = header.map((_, i) => Math.max(...[header, ...lines].map((line) => line[i]!.length)))
  for (const line of [header, ...lines]) {
    const cells = line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
    process.stdout.write(`${cells.join('  ')}\n`)
  }
}
