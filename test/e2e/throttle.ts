/** The period of the kernel's own bandwidth control, which is how a container's CPU limit works. */
const PERIOD_MS = 100

export interface Throttle {
  /** Lets the process run freely again. */
  end(): void
}

/**
 * Lets a process run for a part of each 100 ms only, as a container with a tight CPU limit: its requests wait until the next
 * period, however fast the machine is.
 *
 * @param share of the time, above 0 and up to 1
 */
export function throttleProcess(pid: number, share: number): Throttle {
  let running = true
  const send = (signal: 'SIGSTOP' | 'SIGCONT') => {
    if (running) process.kill(pid, signal)
  }
  const pause = () => {
    send('SIGSTOP')
    setTimeout(send, PERIOD_MS * (1 - share), 'SIGCONT')
  }
  const timer = setInterval(pause, PERIOD_MS)
  return {
    end() {
      clearInterval(timer)
      send('SIGCONT')
      running = false
    },
  }
}
