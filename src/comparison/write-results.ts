import { writeFile } from 'node:fs/promises'
import { type DecisionPolicy } from '#decision'
import { InputError } from '#faults'
import packageJson from '../../package.json' with { type: 'json' }
import type { Io } from '../command.ts'
import { describeComparison } from './describe-comparison.ts'
import type { CompareOptions } from './options.ts'
import type { ComparisonRecord } from './record.ts'
import { writeComparisonReport } from './report.ts'

export interface ResultContext {
  readonly options: Pick<CompareOptions, 'jsonPath' | 'reportPath'>
  /** The command line as it was typed. */
  readonly command: string
  readonly policy: DecisionPolicy
}

/** Writes what the user asked for: JSON, report, and the findings for people unless JSON goes to standard output. */
export async function writeResults(
  record: ComparisonRecord,
  { options: { jsonPath, reportPath }, command, policy }: ResultContext,
  io: Io,
): Promise<void> {
  const json = `${JSON.stringify(record)}\n`
  if (jsonPath === '-') io.stdout.write(json)
  else {
    if (jsonPath !== undefined) await write('--json', jsonPath, json)
    io.stdout.write(describeComparison(record))
  }
  if (reportPath === undefined) return
  const generatedAt = new Date(io.now()).toISOString()
  await write(
    '--report',
    reportPath,
    writeComparisonReport(record, { version: packageJson.version, generatedAt, command, policy }),
  )
}

async function write(option: string, path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InputError(`${option} "${path}"`, [{ path: '', text: reason }], { cause })
  }
}
