/** Runs at most so many tasks at a time, in the order in which they came. */
export interface Turns {
  take<T>(task: () => Promise<T>): Promise<T>
}

export function createTurns(limit: number): Turns {
  let running = 0
  const waiting: (() => void)[] = []

  return {
    take: async (task) => {
      if (running < limit) running += 1
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await task()
      } finally {
        // Whoever waits longest takes over this turn; only when nobody does is it given back.
        const next = waiting.shift()
        if (next === undefined) running -= 1
        else next()
      }
    },
  }
}
