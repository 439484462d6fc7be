import { setTimeout as sleep } from 'node:timers/promises'

/** Whether something ends within a time limit; what it ends with is for others to see. */
export async function settlesWithin(ending: Promise<unknown>, limitMs: number): Promise<boolean> {
  const settled = new AbortController()
  const late = sleep(limitMs, false, { signal: settled.signal }).catch(() => true)
  const ended = ending.then(
    () => true,
    () => true,
  )
  const inTime = await Promise.race([ended, late])
  settled.abort()
  return inTime
}
