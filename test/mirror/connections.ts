import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Linux's number for a connection that is open on both sides. */
const ESTABLISHED = '01'

/** How many connections a process has to a port of 127.0.0.1 at this moment, as Linux's /proc says. */
export function connectionsTo(port: number, pid: number): number {
  const own = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => targetOf(`/proc/${pid}/fd/${fd}`)))
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const [, ...lines] = readFileSync('/proc/net/tcp', 'utf8').trimEnd().split('\n')
  return lines.filter((line) => {
    const [, , to, state, , , , , , inode] = line.trim().split(/\s+/)
    return to === remote && state === ESTABLISHED && own.has(`socket:[${inode}]`)
  }).length
}

/** Empty for a file that the process has just closed. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}
