import { format, parse } from 'node:path'
import { titlesOf } from './titles.ts'

/**
 * Where each candidate's evidence goes: the path itself for a single candidate; for several, each gets its name before the
 * extension, because windows of different rehearsals do not belong into one file.
 */
export function evidencePaths(path: string, candidatePaths: readonly string[]): string[] {
  if (candidatePaths.length === 1) return [path]
  const { dir, name, ext } = parse(path)
  return titlesOf(candidatePaths).map((title) => format({ dir, name: `${name}-${title.replace(/\.onnx$/, '')}`, ext }))
}
