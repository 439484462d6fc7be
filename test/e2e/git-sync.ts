import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { sleep } from './poll.ts'
import type { Stage } from './stage.ts'
import type { Manifest } from './user-manifests.ts'

const run = promisify(execFile)
const FILE = 'app.json'
const EVERY_MS = 500

/** A Git repository and what Argo CD does with it: every new commit is applied. */
export interface GitSync {
  /** Commits a new image tag and pushes it. */
  commitImage(tag: string): Promise<void>
  /** Applies the newest commit once more, as a sync that heals drift. */
  applyAgain(): Promise<void>
  stop(): Promise<void>
}

export async function startGitSync(stage: Stage, tag: string): Promise<GitSync> {
  const folder = join(stage.world.folder, `${stage.namespace}-git`)
  const [bare, work] = [join(folder, 'bare.git'), join(folder, 'work')]
  mkdirSync(folder)
  const git = async (cwd: string, ...args: string[]) => {
    const author = ['-c', 'user.name=e2e', '-c', 'user.email=e2e@example.com', '-c', 'commit.gpgsign=false']
    return (await run('git', [...author, ...args], { cwd })).stdout
  }
  await git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', bare)
  await git(folder, 'clone', '--quiet', bare, work)
  await git(work, 'checkout', '--quiet', '-B', 'main')

  let [applied, failure, stopped] = ['', undefined as Error | undefined, false]
  const commitImage = async (image: string) => {
    if (failure !== undefined) throw failure
    const app = stage.manifests({ tag: image })
    writeFileSync(join(work, FILE), JSON.stringify(app, null, 2))
    await git(work, 'add', FILE)
    await git(work, 'commit', '--quiet', '-m', `Bump iris to ${image}`)
    await git(work, 'push', '--quiet', 'origin', 'main')
  }
  const apply = async (commit: string) => {
    await stage.world.apply(JSON.parse(await git(bare, 'show', `${commit}:${FILE}`)) as Manifest[])
    applied = commit
  }
  const sync = async () => {
    while (!stopped) {
      const head = (await git(bare, 'rev-parse', 'main')).trim()
      if (head !== applied) await apply(head)
      await sleep(EVERY_MS)
    }
  }

  await commitImage(tag)
  await apply((await git(bare, 'rev-parse', 'main')).trim())
  const loop = sync().catch((error: unknown) => {
    failure = error instanceof Error ? error : new Error(String(error))
  })
  return {
    commitImage,
    applyAgain: () => apply(applied),
    async stop() {
      stopped = true
      await loop
    },
  }
}
