import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PluginProcess } from '../../../rollouts/plugin/plugin-process.ts'
import { Schema } from '../../../rollouts/plugin/gob-schema.ts'
import { servePlugin } from '../../../rollouts/plugin/serve.ts'
import type { PluginService } from '../../../rollouts/plugin/serve.ts'
import { createSocketDirectory } from '../../../rollouts/plugin/socket-directory.ts'
import { bytes, goldenSession } from './support/bytes.ts'
import { callWriter, dataFrame, openStream } from './support/client.ts'

interface FakeProcess extends PluginProcess {
  readonly out: string[]
  readonly err: string[]
  readonly directory: string
  readonly signals: Map<string, () => void>
  parent: number
  uncaught: (error: unknown) => void
  stray: (text: string) => void
  outFailed: (error: Error) => void
  /** Runs what was scheduled for this long. */
  elapse(delayMs: number): void
  readonly exited: Promise<number>
}

function fakeProcess(env: Record<string, string> = { ARGO_ROLLOUTS_RPC_PLUGIN: 'step' }): FakeProcess {
  const directory = mkdtempSync(join(tmpdir(), 'serve-test-'))
  const timers: { delayMs: number; run: () => void }[] = []
  let exit: (code: number) => void = () => undefined
  const exited = new Promise<number>((resolve) => {
    exit = resolve
  })
  const fake: FakeProcess = {
    out: [],
    err: [],
    directory,
    signals: new Map(),
    parent: 7,
    uncaught: () => undefined,
    stray: () => undefined,
    outFailed: () => undefined,
    exited,
    env: { PLUGIN_UNIX_SOCKET_DIR: directory, ...env },
    pid: 4242,
    uid: undefined,
    parentPid: () => fake.parent,
    isAlive: (pid) => pid === 4242,
    nowMs: () => 0,
    schedule: (delayMs, run) => {
      const timer = { delayMs, run }
      timers.push(timer)
      return () => void timers.splice(timers.indexOf(timer), 1)
    },
    writeOut: (text, onFailure) => {
      fake.out.push(text)
      fake.outFailed = onFailure
    },
    writeErr: (text) => fake.err.push(text),
    takeOverStdout: (onWrite) => {
      fake.stray = onWrite
    },
    onSignal: (signal, listener) => fake.signals.set(signal, listener),
    onUncaught: (listener) => {
      fake.uncaught = listener
    },
    exit: (code) => {
      exit(code)
    },
    elapse: (delayMs) => {
      for (const timer of timers.filter((each) => each.delayMs === delayMs)) timer.run()
    },
  }
  return fake
}

const SERVICE: PluginService = {
  cookie: 'step',
  dispenseName: 'RpcStepPlugin',
  open: () => new Map([['Plugin.Type', { reply: Schema.string, call: () => 'fake', late: () => '' }]]),
}

/** Waits for the handshake and gives the path of the socket. */
async function socketOf(fake: FakeProcess): Promise<string> {
  while (fake.out.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  return fake.out[0]!.split('|')[3]!
}

async function dial(fake: FakeProcess): Promise<Socket> {
  const socket = connect(await socketOf(fake))
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('connect', resolve))
  return socket
}

/** Ends the test's process as the real one would end. */
async function finish(fake: FakeProcess, expectedCode: number): Promise<void> {
  assert.is(await fake.exited, expectedCode)
  assert.equal(readdirSync(fake.directory), [], 'the directory of the socket is gone')
  rmSync(fake.directory, { recursive: true })
}

const serve = suite('servePlugin()')

serve('refuses to start without the cookie, in clear text', async () => {
  const fake = fakeProcess({ ARGO_ROLLOUTS_RPC_PLUGIN: 'metricprovider' })
  servePlugin(SERVICE, fake)
  assert.match(fake.err.join(''), /^Cannot start plugin: .* must be 'step', received "metricprovider"/)
  await finish(fake, 1)
  assert.equal(fake.out, [])
})

serve('writes one line, of a socket in a private directory', async () => {
  const fake = fakeProcess()
  servePlugin(SERVICE, fake)
  const path = await socketOf(fake)
  assert.equal(fake.out, [`1|1|unix|${path}|netrpc|\n`])
  assert.is(statSync(dirname(path)).mode & 0o777, 0o700)
  fake.signals.get('SIGTERM')!()
  await finish(fake, 0)
})

serve('closes the socket after the first connection', async () => {
  const fake = fakeProcess()
  servePlugin(SERVICE, fake)
  const socket = await dial(fake)
  while (existsSync(await socketOf(fake))) await new Promise((resolve) => setTimeout(resolve, 1))
  socket.destroy()
  await finish(fake, 0)
})

serve('answers over the socket and ends when it closes', async () => {
  const fake = fakeProcess()
  servePlugin(SERVICE, fake)
  const socket = await dial(fake)
  const answered = new Promise((resolve) => socket.once('data', resolve))
  socket.write(openStream(1))
  assert.is(((await answered) as Buffer).toString('hex'), '000100020000000100000000')
  socket.end()
  await finish(fake, 0)
})

serve('ends with 1 on a broken protocol, after the go-away left', async () => {
  const fake = fakeProcess()
  servePlugin(SERVICE, fake)
  const socket = await dial(fake)
  const answered = new Promise((resolve) => socket.once('data', resolve))
  socket.write(bytes('01 00 0000 00000000 00000000'))
  assert.is(((await answered) as Buffer).toString('hex'), '000300000000000000000001')
  assert.match(fake.err.join(''), /"@message":"Cannot read yamux frame: version must be 0, received 1"/)
  socket.destroy()
  await finish(fake, 1)
})

serve('answers Quit, and ends even if the client does not close', async () => {
  const fake = fakeProcess()
  servePlugin(SERVICE, fake)
  const socket = await dial(fake)
  const received: Buffer[] = []
  socket.on('data', (chunk) => received.push(chunk))
  socket.write(openStream(1))
  socket.write(dataFrame(1, callWriter()('Control.Quit', 0, Schema.bool, false)))
  while (!Buffer.concat(received).includes('Control.Quit')) await new Promise((resolve) => setTimeout(resolve, 1))
  fake.elapse(1000)
  await finish(fake, 0)
  socket.destroy()
})

for (const name of ['step', 'metric'] as const) {
  serve(`survives a whole ${name} session of the real client, whatever it asks for`, async () => {
    const fake = fakeProcess()
    servePlugin(SERVICE, fake)
    const socket = await dial(fake)
    socket.resume()
    socket.write(goldenSession(name))
    // The session dials the id of a plugin that only the step service hands out.
    if (name === 'step') socket.end()
    await finish(fake, name === 'step' ? 0 : 1)
    socket.destroy()
  })
}

for (const [what, cause, code] of [
  [
    'SIGTERM',
    (fake: FakeProcess) => {
      fake.signals.get('SIGTERM')!()
    },
    0,
  ],
  [
    'an uncaught error',
    (fake: FakeProcess) => {
      fake.uncaught(new Error('boom'))
    },
    1,
  ],
  [
    'a parent that is gone',
    (fake: FakeProcess) => {
      fake.parent = 1
      fake.elapse(1000)
    },
    0,
  ],
  [
    'a handshake that nobody reads',
    (fake: FakeProcess) => {
      fake.outFailed(new Error('EPIPE'))
    },
    1,
  ],
  [
    'no connection in time',
    (fake: FakeProcess) => {
      fake.elapse(120_000)
    },
    1,
  ],
] as const) {
  serve(`ends with ${code} on ${what}`, async () => {
    const fake = fakeProcess()
    servePlugin(SERVICE, fake)
    await socketOf(fake)
    cause(fake)
    await finish(fake, code)
  })
}

serve('ignores SIGINT and goes on while the parent lives', async () => {
  const fake = fakeProcess()
  servePlugin(SERVICE, fake)
  await socketOf(fake)
  fake.signals.get('SIGINT')!()
  fake.elapse(1000)
  fake.signals.get('SIGTERM')!()
  await finish(fake, 0)
  assert.match(fake.err.join(''), /received SIGTERM/)
})

serve('logs what others write to standard output', async () => {
  const fake = fakeProcess()
  servePlugin(SERVICE, fake)
  await socketOf(fake)
  fake.stray('stray\n')
  assert.match(fake.err.join(''), /"text":"stray"/)
  fake.signals.get('SIGTERM')!()
  await finish(fake, 0)
})

serve('ends with 1 when the service cannot be opened', async () => {
  const fake = fakeProcess()
  const open = (): never => {
    throw new Error('no configuration')
  }
  servePlugin({ ...SERVICE, open }, fake)
  await finish(fake, 1)
  assert.match(fake.err.join(''), /no configuration/)
})

serve('ends with 1 when there is no place for the socket', async () => {
  const fake = fakeProcess({ ARGO_ROLLOUTS_RPC_PLUGIN: 'step', PLUGIN_UNIX_SOCKET_DIR: '/nowhere/at/all' })
  servePlugin(SERVICE, fake)
  await finish(fake, 1)
})

serve.run()

const directories = suite('createSocketDirectory()')

directories('removes old directories of dead processes, and no others', () => {
  const base = mkdtempSync(join(tmpdir(), 'directory-test-'))
  const dayMs = 86_400_000
  const nowMs = dayMs * 365
  const make = (name: string, ageMs: number): void => {
    mkdirSync(join(base, name))
    const at = new Date(nowMs - ageMs)
    utimesSync(join(base, name), at, at)
  }
  make('argo-plugin-11-dead', dayMs)
  make('argo-plugin-11-young', 1000)
  make('argo-plugin-22-alive', dayMs)
  make('other', dayMs)
  const created = createSocketDirectory(base, {
    pid: 1,
    uid: undefined,
    isAlive: (pid) => pid === 22,
    nowMs: () => nowMs,
  })
  created.remove()
  assert.equal(readdirSync(base).sort(), ['argo-plugin-11-young', 'argo-plugin-22-alive', 'other'])
  rmSync(base, { recursive: true })
})

directories('refuses a path that is too long for a socket, and leaves nothing behind', () => {
  const base = join(mkdtempSync(join(tmpdir(), 'directory-test-')), 'x'.repeat(80))
  mkdirSync(base)
  const owner = { pid: 1, uid: undefined, isAlive: () => true, nowMs: () => 0 }
  assert.throws(() => createSocketDirectory(base, owner), /^Cannot create socket: path of \d+ bytes is above 103/)
  assert.equal(readdirSync(base), [])
  rmSync(dirname(base), { recursive: true })
})

directories.run()
