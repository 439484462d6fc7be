import { Random } from '../support/random.ts'

const MAX_INPUT_MS = 10_000
const MAX_RESIDENT_BYTES = 1024 * 1024 * 1024
const REPORT_EVERY = 100_000
/** Promises that handlers leave behind have to run now and then. */
const SETTLE_EVERY = 1000

/** A decoder under test. */
export interface FuzzTarget {
  readonly name: string
  /** How many of the inputs it gets, in proportion. */
  readonly share: number
  readonly make: (random: Random) => Buffer
  /** True if the input was refused. Throws whatever a decoder should never throw. */
  readonly take: (input: Buffer, random: Random) => boolean
}

/**
 * Feeds decoders with inputs that a seed and a number are enough to make again, as the command line says: `--inputs 1000000
 * --seed name`.
 *
 * @throws at the first input that does anything but decode or be refused, or takes more than ten seconds (a machine may be
 *   busy with other things), and when the process grows beyond its memory limit
 */
export async function runFuzz(list: readonly FuzzTarget[], defaultSeed: string): Promise<void> {
  const inputs = Number(option('inputs', '100000'))
  const seed = option('seed', defaultSeed)
  const targets = list.map((target) => ({ ...target, taken: 0, refused: 0, slowestMs: 0 }))
  const turns = targets.flatMap((target) => Array.from({ length: target.share }, () => target))
  const startedMs = performance.now()
  let residentBytes = 0
  for (let index = 0; index < inputs; index += 1) {
    const target = turns[index % turns.length]!
    const { refused, tookMs } = takeOne(target, seed, index)
    target.taken += 1
    target.refused += refused ? 1 : 0
    target.slowestMs = Math.max(target.slowestMs, tookMs)
    if (index % SETTLE_EVERY === 0) {
      await new Promise((resolve) => setImmediate(resolve))
      residentBytes = Math.max(residentBytes, process.memoryUsage.rss())
      if (residentBytes > MAX_RESIDENT_BYTES) throw new Error(`the process grew to ${residentBytes} bytes`)
    }
    if ((index + 1) % REPORT_EVERY === 0) process.stderr.write(`${index + 1} inputs\n`)
  }
  for (const { name, taken, refused, slowestMs } of targets) {
    process.stdout.write(`${name}: ${taken} inputs, ${refused} refused, slowest ${slowestMs.toFixed(1)} ms\n`)
  }
  const seconds = (performance.now() - startedMs) / 1000
  process.stdout.write(
    `${inputs} inputs in ${seconds.toFixed(0)} s, resident at most ${Math.round(residentBytes / 2 ** 20)} MiB\n`,
  )
}

/** Makes one input and hands it over. */
export function takeOne(target: FuzzTarget, seed: string, index: number): { refused: boolean; tookMs: number } {
  const random = new Random(`${seed}/${index}`)
  const input = target.make(random)
  const beganMs = performance.now()
  let refused: boolean
  try {
    refused = target.take(input, random)
  } catch (cause) {
    throw new Error(`${target.name}: input ${index} of seed '${seed}', ${input.length} bytes`, { cause })
  }
  const tookMs = performance.now() - beganMs
  if (tookMs > MAX_INPUT_MS) throw new Error(`${target.name}: input ${index} of seed '${seed}' took ${tookMs} ms`)
  return { refused, tookMs }
}

function option(name: string, fallback: string): string {
  const at = process.argv.indexOf(`--${name}`)
  return (at < 0 ? undefined : process.argv[at + 1]) ?? fallback
}
