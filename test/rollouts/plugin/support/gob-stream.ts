import type { Buffer } from 'node:buffer'
import { GobDecoder } from '../../../../rollouts/plugin/gob-decoder.ts'
import type { GobLimits } from '../../../../rollouts/plugin/gob-decoder.ts'
import { DEFAULT_GOB_LIMITS } from '../../../../rollouts/plugin/gob-decoder.ts'
import { GobMessageReader } from '../../../../rollouts/plugin/gob-message-reader.ts'
import type { GobValue } from '../../../../rollouts/plugin/gob-value.ts'

export interface GobStream {
  push(chunk: Buffer): void
  readonly values: GobValue[]
  /** True if nothing is left over. */
  readonly idle: boolean
}

/** A whole gob stream, from bytes to values, without a limit on what is in flight. */
export function gobStream(limits: Partial<GobLimits> = {}): GobStream {
  const all = { ...DEFAULT_GOB_LIMITS, ...limits }
  const decoder = new GobDecoder(all)
  const reader = new GobMessageReader({
    maxMessageBytes: all.maxMessageBytes,
    reserve: () => true,
    consumed: () => undefined,
  })
  const values: GobValue[] = []
  return {
    values,
    push: (chunk) => {
      reader.push(chunk)
      for (let message = reader.next(); message !== undefined; message = reader.next()) {
        const decoded = decoder.accept(message)
        if (decoded !== undefined) values.push(decoded.value)
      }
    },
    get idle() {
      return reader.idle && !decoder.paused
    },
  }
}

export function decodeAll(stream: Buffer, limits: Partial<GobLimits> = {}): readonly GobValue[] {
  const gob = gobStream(limits)
  gob.push(stream)
  return gob.values
}
