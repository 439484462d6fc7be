import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const PAGE = 'docs/shadow.md'
const SECTION = '\n## A router that mirrors\n'

/**
 * The settings that the documentation shows, as they stand there.
 *
 * @param language of the fenced block
 * @param containing a text that this block alone contains
 */
export function documentedSettings(language: string, containing: string): string {
  const page = readFileSync(join(import.meta.dirname, '../..', PAGE), 'utf8')
  const section = page.split(SECTION)[1]?.split('\n## ')[0] ?? ''
  const blocks = [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, name, text]) => name === language && text!.includes(containing))
    .map(([, , text]) => text!)
  if (blocks.length !== 1) {
    throw new Error(
      `Cannot find '${containing}' in ${PAGE}: expected it in one ${language} block, received ${blocks.length}`,
    )
  }
  return blocks[0]!
}

/** Puts this machine's addresses into documented settings; they must have the place that is meant once. */
export function completed(settings: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((text, [from, to]) => {
    const parts = text.split(from)
    if (parts.length !== 2) {
      throw new Error(`Cannot complete the documented settings: expected '${from}' once, received ${parts.length - 1}`)
    }
    return parts.join(to)
  }, settings)
}
