import { writeFile } from 'node:fs/promises'
import { type DecisionPolicy } from '#decision'
import { InputError } from '#faults'
import packageJson from '../../package.json' with { type: 'json' }
import type { Io } from '../command.ts'
import type { RehearsalOptions } from './options.ts'
import { outcomeTable } from './outcome-table.ts'
import type { RehearsalRecord } from './record.ts'
import { writeReport } from './report/report.ts'
import { summarize } from './summary.ts'

export interface ResultContext {
  readonly options: Pick<RehearsalOptions, 'jsonPath' | 'reportPath'>
  /** The command line as it was typed. */
  readonly command: string
  readonly policy: DecisionPolicy
}

/** Writes what the user asked for: JSON, report, and the outcomes for people unless JSON goes to standard output. */
export async function writeResults(
  records: readonly RehearsalRecord[],
  { options: { jsonPath, reportPath }, command, policy }: ResultContext,
  io: Io,
): Promise<void> {
  const json = `${JSON.stringify(summarize(records))}\n`
  if (jsonPath === '-') io.stdout.write(json)
  else if (jsonPath !== undefined) await write('--json', jsonPath, json)
  if (reportPath !== undefined) {
    const generatedAt = new Date(io.now()).toISOString()
    await write(
      '--report',
      reportPath,
      writeReport(records, { version: packageJson.version, generatedAt, command, policy }),
    )
  }
  if (jsonPath !== '-') io.stdout.write(outcomeTable(records, io.stdout.columns))
}

async function write(option: string, path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InputError(`${option} "${path}"`, [{ path: '', text: reason }], { cause })
  }
}
