import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const LAUNCHER = fileURLToPath(new URL('../../src/launcher.mjs', import.meta.url))

/** What a finished command left behind. */
export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A `modelgate` process that was started the way a user starts it. */
export interface Running {
  readonly child: ChildProcess
  /** Settles when the process has ended and its output is read. */
  readonly finished: Promise<Finished>
}

interface Start {
  /** The Node that runs the tests where no other is named. */
  readonly node?: string
  readonly stdin?: string
  /** The whole environment; this process's own where it is absent. */
  readonly env?: Readonly<Record<string, string>>
}

/** Starts `modelgate` through its launcher. */
export function startModelgate(args: readonly string[], { node, stdin, env }: Start = {}): Running {
  const child = spawn(node ?? process.execPath, [LAUNCHER, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(env && { env: { ...env } }),
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin.on('error', () => stderr)
  if (stdin !== undefined) child.stdin.end(stdin)
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr })
    })
  })
  return { child, finished }
}

/** Runs `modelgate` to its end. */
export function runModelgate(args: readonly string[], options: Start = {}): Promise<Finished> {
  return startModelgate(args, { stdin: '', ...options }).finished
}
