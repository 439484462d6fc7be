import { Buffer } from 'node:buffer'
import { ProtocolError } from './protocol-error.ts'

/** An instant as Go keeps it: whole nanoseconds, and the offset from UTC it was written with. */
export interface GoTime {
  /** Since 1970-01-01T00:00:00Z; negative before. */
  readonly unixSeconds: bigint
  /** 0 to 999,999,999. */
  readonly nanoseconds: number
  /** Seconds east of UTC; undefined for UTC itself. */
  readonly offsetSeconds?: number
}

/*
 * time.Time.MarshalBinary (https://go.dev/src/time/time.go), all big-endian:
 *   version 1: 01 | int64 seconds since 0001-01-01T00:00:00Z | int32 nanoseconds | int16 offset in minutes, -1 = UTC
 *   version 2: 02 | the same | int8 seconds of the offset, for zones that are not at a whole minute
 */
const VERSION_1_BYTES = 15
const VERSION_2_BYTES = 16
const UTC_OFFSET = -1
/** 719,162 days of the proleptic Gregorian calendar lie between year 1 and 1970. */
const UNIX_EPOCH_SECONDS = 62_135_596_800n
const MAX_NANOSECONDS = 999_999_999

/** @throws ProtocolError if the bytes are not what MarshalBinary writes */
export function decodeGoTime(bytes: Buffer): GoTime {
  const version = bytes[0]
  const size = version === 1 ? VERSION_1_BYTES : version === 2 ? VERSION_2_BYTES : undefined
  if (size !== bytes.length) {
    throw new ProtocolError(
      'gob',
      `Cannot decode time: version ${version ?? 'none'} with ${bytes.length} bytes is unknown`,
    )
  }
  const nanoseconds = bytes.readInt32BE(9)
  if (nanoseconds < 0 || nanoseconds > MAX_NANOSECONDS) {
    throw new ProtocolError(
      'gob',
      `Cannot decode time: nanoseconds must be 0 to ${MAX_NANOSECONDS}, received ${nanoseconds}`,
    )
  }
  const unixSeconds = bytes.readBigInt64BE(1) - UNIX_EPOCH_SECONDS
  const offsetMinutes = bytes.readInt16BE(13)
  if (offsetMinutes === UTC_OFFSET) return { unixSeconds, nanoseconds }
  const offsetSeconds = offsetMinutes * 60 + (version === 2 ? bytes.readInt8(15) : 0)
  return { unixSeconds, nanoseconds, offsetSeconds }
}

/** Always version 1 in UTC, which every client reads; the instant is the same. */
export function encodeGoTime(time: GoTime): Buffer {
  const bytes = Buffer.alloc(VERSION_1_BYTES)
  bytes[0] = 1
  bytes.writeBigInt64BE(time.unixSeconds + UNIX_EPOCH_SECONDS, 1)
  bytes.writeInt32BE(time.nanoseconds, 9)
  bytes.writeInt16BE(UTC_OFFSET, 13)
  return bytes
}

/** To the millisecond, which is all a Date holds; earlier digits are cut, as Go's UnixMilli does. */
export function dateOfGoTime(time: GoTime): Date {
  return new Date(Number(time.unixSeconds) * 1000 + Math.floor(time.nanoseconds / 1e6))
}

/** @throws RangeError if the date is not valid */
export function goTimeOfDate(date: Date): GoTime {
  const unixMs = date.getTime()
  if (Number.isNaN(unixMs)) throw new RangeError('Cannot encode time: date is not valid, received NaN')
  const seconds = Math.floor(unixMs / 1000)
  return { unixSeconds: BigInt(seconds), nanoseconds: (unixMs - seconds * 1000) * 1e6 }
}
