// Reads the command line, builds the world the command runs in, and turns its end into an exit code.
import { constants } from 'node:os'
import { addAbortSignal } from 'node:stream'
import { InputError } from '#faults'
import { EXIT, type Command, type Io, type Output } from './command.ts'

/** Commands are loaded when they are called: a plugin's handshake must not wait for a web server's modules. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import('./commands/demo.ts')).demoCommand,
  rehearse: async () => (await import('./commands/rehearse.ts')).rehearseCommand,
  evaluate: async () => (await import('./commands/evaluate.ts')).evaluateCommand,
  compare: async () => (await import('./commands/compare.ts')).compareCommand,
  plugin: async () => (await import('./commands/plugin.ts')).pluginCommand,
  runtime: async () => (await import('./commands/runtime.ts')).runtimeCommand,
}

// ONNX Runtime would otherwise keep an identifier of the machine in the home folder and report what it runs to its maker.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1'

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const io = openIo()
  const [name, ...rest] = args
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    return help(name === undefined ? undefined : rest[0], io)
  }
  if (name === '--version' || name === 'version') {
    const { version } = (await import('../package.json', { with: { type: 'json' } })).default
    io.stdout.write(`modelgate ${version}\n`)
    return EXIT.ok
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (load === undefined) {
    io.stderr.write(`Cannot run modelgate: unknown command ${JSON.stringify(name)}\n\n`)
    await listCommands(io.stderr)
    return EXIT.badInput
  }
  const command = await load()
  if (rest.includes('--help') || rest.includes('-h')) {
    io.stdout.write(command.help)
    return EXIT.ok
  }
  return run(command, rest, io)
}

async function run(command: Command, args: readonly string[], io: Io): Promise<number> {
  try {
    const code = await command.run(args, io)
    return command.endsBySignal === true ? code : (interruption(io.signal) ?? code)
  } catch (error) {
    const interrupted = interruption(io.signal)
    if (interrupted !== undefined) return interrupted
    if (!(error instanceof InputError)) throw error
    io.stderr.write(`${error.message}\n`)
    return EXIT.badInput
  }
}

async function help(name: string | undefined, io: Io): Promise<number> {
  const load = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (load === undefined) await listCommands(io.stdout)
  else io.stdout.write((await load()).help)
  return EXIT.ok
}

async function listCommands(output: Output): Promise<void> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()))
  const width = Math.max(...commands.map(({ name }) => name.length))
  output.write(
    [
      'modelgate decides, from evidence, whether a new version of a model may take more traffic.',
      '',
      'Usage: modelgate <command> [options]',
      '',
      ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
      '',
      'modelgate <command> --help explains one command, with an example.',
      '',
    ].join('\n'),
  )
}

/** The exit code a shell expects after a signal, where one ended the command. */
function interruption(signal: AbortSignal): number | undefined {
  if (!signal.aborted) return undefined
  return signal.reason === 'SIGTERM' ? 128 + constants.signals.SIGTERM : 128 + constants.signals.SIGINT
}

function openIo(): Io {
  const signal = interruptions()
  return {
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    // A reader that waits for more input must not outlive the signal.
    get stdin() {
      return addAbortSignal(signal, process.stdin)
    },
    env: process.env,
    signal,
    now: Date.now,
  }
}

/**
 * The first signal asks the command to stop; the second does not ask. It ends the process as if nobody had listened:
 * `process.exit` while ONNX Runtime computes on another thread would abort with a core dump instead.
 */
function interruptions(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) {
        process.removeAllListeners(name)
        process.kill(process.pid, name)
      }
      controller.abort(name)
    })
  }
  return controller.signal
}

function output(stream: NodeJS.WriteStream): Output {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader went away (`modelgate … | head`): there is nobody left to tell.
    if (error.code === 'EPIPE') process.exit(EXIT.ok)
    throw error
  })
  return {
    write: (text) => void stream.write(text),
    get isTerminal() {
      return stream.isTTY
    },
    get columns() {
      return stream.isTTY ? stream.columns : 80
    },
  }
}
