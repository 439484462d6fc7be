import type { PluginProcess } from './plugin-process.ts'

/**
 * The process of Node as a plugin sees it. The one place of the host that touches it, and it is given:
 *
 *     servePlugin(metricPlugin(plugin), nodePluginProcess(process, Date.now))
 */
export function nodePluginProcess(node: NodeJS.Process, nowMs: () => number): PluginProcess {
  const writeOut = node.stdout.write.bind(node.stdout)
  return {
    env: node.env,
    pid: node.pid,
    uid: node.getuid?.(),
    parentPid: () => node.ppid,
    isAlive: (pid) => isAlive(node, pid),
    nowMs,
    schedule: (delayMs, run) => {
      const timer = setTimeout(run, delayMs).unref()
      return () => {
        clearTimeout(timer)
      }
    },
    writeOut: (text, onFailure) => {
      node.stdout.on('error', onFailure)
      writeOut(text)
    },
    writeErr: (text) => {
      node.stderr.write(text)
    },
    takeOverStdout: (onWrite) => {
      node.stdout.write = (chunk: string | Uint8Array, encodingOrDone?: unknown, done = encodingOrDone): boolean => {
        onWrite(typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk))
        if (typeof done === 'function') queueMicrotask(done as () => void)
        return true
      }
    },
    onSignal: (signal, listener) => {
      node.on(signal, listener)
    },
    onUncaught: (listener) => {
      // A parent that is gone leaves a broken pipe behind; the parent's end is noticed elsewhere.
      node.stderr.on('error', () => undefined)
      node.on('uncaughtException', listener)
      node.on('unhandledRejection', listener)
    },
    exit: (code) => node.exit(code),
  }
}

/** Signal 0 asks without sending anything; a process of another user answers EPERM, and is alive. */
function isAlive(node: NodeJS.Process, pid: number): boolean {
  try {
    node.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
