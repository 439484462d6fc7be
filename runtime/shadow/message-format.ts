/**
 * The message in which pairs travel, all numbers little-endian:
 *
 * | bytes | what |
 * | --- | --- |
 * | 4 | `MGSP` |
 * | 1 | version, 1 |
 * | 3 | zero |
 * | 4 | length of the origin |
 * | 4 | number of pairs |
 * | … | origin: JSON of a `ShadowOrigin` |
 * | … | pairs |
 *
 * A pair: 1 byte outcome (0 stable failed, 1 it answered), 4 bytes rows (0 where the request is one example), 2 bytes length of
 * the slice, the slice in UTF-8, one tensor per input and, where stable answered, one per output.
 *
 * A tensor, its element type known from the origin: 1 byte rank, 4 bytes per dimension, the elements in row-major order; a text
 * is 4 bytes length and UTF-8, a truth value is 1 byte.
 */
export const MAGIC = 0x5053_474d
export const VERSION = 1
export const PRELUDE_BYTES = 16
export const FAILED = 0
export const ANSWERED = 1

/** Media type of the message; its version is in the message, too, for whoever finds one in a file. */
export const MEDIA_TYPE = 'application/vnd.modelgate.shadow'

/** Path that takes such messages. */
export const COMPARE_PATH = '/shadow/compare'

export const MAX_ORIGIN_BYTES = 256 * 1024
export const MAX_PAIRS = 1_024
export const MAX_RANK = 16
export const MAX_SLICE_BYTES = 256
