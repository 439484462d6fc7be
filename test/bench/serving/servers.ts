import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const HERE = import.meta.dirname
const START_TIMEOUT_MS = 60_000

/** A server under measurement. */
export interface BenchServer {
  readonly port: number
  readonly pid: number
  stop(): Promise<void>
}

/** The model of the comparison with Python: 200 trees. */
export const FOREST = join(ROOT, 'runtime/examples/iris/stable.onnx')

/** @param args further options of `modelgate runtime` */
export function startModelServer(model = FOREST, args: readonly string[] = []): Promise<BenchServer> {
  return start(process.execPath, (port) => [
    join(ROOT, 'src/main.ts'),
    'runtime',
    ...['--model', model, '--host', '127.0.0.1', '--port', String(port), ...args],
  ])
}

/** Starts a Fastify that does nothing but answer. */
export function startHello(): Promise<BenchServer> {
  return start(process.execPath, (port) => [join(HERE, 'hello.ts'), String(port)])
}

/** Starts a server of Node's HTTP module that does nothing but read a request and answer. */
export function startBareHttp(): Promise<BenchServer> {
  return start(process.execPath, (port) => [join(HERE, 'bare-http.ts'), String(port)])
}

/** Starts Flask under gunicorn as tutorials do: two workers with two threads each. */
export function startFlask(venv: string): Promise<BenchServer> {
  const workers = ['--workers', '2', '--threads', '2', '--log-level', 'error']
  return start(join(venv, 'bin/gunicorn'), (port) => [
    ...workers,
    ...['--chdir', HERE, '--bind', `127.0.0.1:${port}`, 'flask_app:app'],
  ])
}

/** Starts FastAPI under uvicorn with two workers, without the access log that would cost it more than the request. */
export function startFastApi(venv: string): Promise<BenchServer> {
  const quiet = ['--no-access-log', '--log-level', 'error']
  return start(join(venv, 'bin/uvicorn'), (port) => [
    ...['--app-dir', HERE, '--workers', '2', '--host', '127.0.0.1', '--port', String(port)],
    ...[...quiet, 'fastapi_app:app'],
  ])
}

/**
 * Makes a Python environment with the pinned packages outside of the repository, once.
 *
 * @returns its folder, or why there is none
 */
export function preparePython(): { readonly venv: string } | { readonly missing: string } {
  const requirements = join(HERE, 'requirements.txt')
  const wanted = readFileSync(requirements, 'utf8')
  const venv = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'modelgate/bench-venv')
  const stamp = join(venv, 'installed.txt')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { venv }
  process.stderr.write(`installing Flask, FastAPI and scikit-learn into ${venv}\n`)
  mkdirSync(venv, { recursive: true })
  for (const [command, ...args] of [
    ['python3', '-m', 'venv', venv],
    [join(venv, 'bin/pip'), 'install', '--quiet', '--disable-pip-version-check', '-r', requirements],
  ] as const) {
    const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
    if (status !== 0) return { missing: `${command} failed: ${error?.message ?? lastLine(stderr)}` }
  }
  writeFileSync(stamp, wanted)
  return { venv }
}

async function start(command: string, argsFor: (port: number) => readonly string[]): Promise<BenchServer> {
  const port = await freePort()
  const child = spawn(command, argsFor(port), { stdio: ['ignore', 'ignore', 'inherit'] })
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  try {
    await untilHealthy(port, child)
  } catch (error) {
    await stop()
    throw error
  }
  return { port, pid: child.pid!, stop }
}

async function untilHealthy(port: number, child: ChildProcess): Promise<void> {
  const endMs = performance.now() + START_TIMEOUT_MS
  while (performance.now() < endMs && child.exitCode === null) {
    const healthy = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (healthy) return
    await sleep(50)
  }
  throw new Error(`Cannot measure ${child.spawnfile}: it did not start within ${START_TIMEOUT_MS} ms`)
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
