import { execFileSync } from 'node:child_process'
import { existsSync, globSync, statSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const SOURCES = ['{analysis,rollouts}/**/*.ts', 'src/{build,plugin}/*.ts', 'package-lock.json']

/** Where `make plugin-bundle` leaves the plugin. */
export const PLUGIN_FOLDER = join(ROOT, 'dist/plugin')

/** Builds the plugin unless it is there and newer than everything it is made of. */
export function buildPlugin(say: (text: string) => void): void {
  const built = join(PLUGIN_FOLDER, 'modelgate')
  const newest = Math.max(...SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).map(timeOf))
  if (existsSync(built) && statSync(built).mtimeMs > newest) return
  say('building the plugin')
  execFileSync(process.execPath, [join(ROOT, 'src/build/plugin-bundle.ts')], { stdio: 'inherit' })
}

function timeOf(path: string): number {
  return statSync(join(ROOT, path)).mtimeMs
}
