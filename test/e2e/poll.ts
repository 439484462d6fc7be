/** Waits without blocking. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Asks until there is an answer. `describe` is asked once the time is over, for the error. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  options: {
    readonly timeoutMs: number
    readonly everyMs?: number
    readonly describe?: () => string | Promise<string>
  },
): Promise<T> {
  const deadline = performance.now() + options.timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) {
      const seen = (await options.describe?.()) ?? 'nothing'
      throw new Error(`Cannot see ${what}: ${options.timeoutMs / 1000} s are over, received ${seen}`)
    }
    await sleep(options.everyMs ?? 100)
  }
}

/** An HTTP address that answers 2xx, or undefined. */
export async function answers(url: string): Promise<true | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    await response.arrayBuffer()
    return response.ok ? true : undefined
  } catch {
    return undefined
  }
}
