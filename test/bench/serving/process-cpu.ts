import { readFileSync } from 'node:fs'

/** Linux counts CPU time in ticks of this length wherever user space can see it (USER_HZ). */
const TICK_MS = 10

/** CPU time that a process and its living descendants have used, in milliseconds (proc(5), fields 14 and 15 of `stat`). */
export function processCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the name, in parentheses, which may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const own = (Number(fields[11]) + Number(fields[12])) * TICK_MS
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  return children.reduce((sum, child) => sum + processCpuMs(Number(child)), own)
}

/** CPU time that all cores have spent working, in milliseconds (proc(5), `/proc/stat`). */
export function machineCpuMs(): number {
  const [, user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'utf8').split('\n')[0]!.split(/ +/)
  return [user, nice, system, irq, softirq].reduce((sum, ticks) => sum + Number(ticks) * TICK_MS, 0)
}
