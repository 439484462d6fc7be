import { readFileSync } from 'node:fs'
import { processesWith } from '../../support/processes.ts'

/** Processes of this one that hold a model, oldest first. */
export function modelProcesses(): number[] {
  return processesWith('model-process.ts')
    .map(({ pid }) => pid)
    .filter((pid) => parentOf(pid) === process.pid)
    .sort((a, b) => a - b)
}

/** Whether the process has ONNX Runtime in memory, as it does from just before it opens its model. */
export function hasRuntime(pid: number): boolean {
  return readProcess(pid, 'maps').includes('libonnxruntime')
}

/** Ends a process with a signal, unless it has just ended by itself. */
export function killIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Not a number for a process that has just ended. */
function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(readProcess(pid, 'status'))?.[1])
}

/** Empty for a process that has just ended. */
function readProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return ''
    throw error
  }
}
