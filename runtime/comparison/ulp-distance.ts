import type { ElementType } from '../model/element-type.ts'

const scratch = new DataView(new ArrayBuffer(8))

/**
 * How many representable numbers lie between two, counted in steps: 0 for equal ones (and for 0 and -0), 1 for neighbours.
 * Whole numbers are one step apart. Steps are counted over the order of the bit patterns (Dawson, Comparing Floating Point
 * Numbers, 2012: https://randomascii.wordpress.com/2012/02/25/comparing-floating-point-numbers-2012-edition/).
 *
 * @param a representable in the type; so is `b`
 * @returns exact up to 2^53, NaN where a number is not finite
 */
export function ulpDistance(a: number | bigint, b: number | bigint, type: ElementType): number {
  if (typeof a === 'bigint' || typeof b === 'bigint') return Math.abs(Number(BigInt(a) - BigInt(b)))
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.NaN
  if (type === 'float16') return Math.abs(place16(a) - place16(b))
  if (type === 'float32') return Math.abs(place32(a) - place32(b))
  if (type !== 'float64') return Math.abs(a - b)
  const distance = place64(a) - place64(b)
  return Number(distance < 0n ? -distance : distance)
}

/** Place of a number in the order of all numbers of its type; 0 for both zeros. */
function place16(value: number): number {
  scratch.setFloat16(0, value)
  const bits = scratch.getInt16(0)
  return bits < 0 ? -(bits & 0x7fff) : bits
}

function place32(value: number): number {
  scratch.setFloat32(0, value)
  const bits = scratch.getInt32(0)
  return bits < 0 ? -(bits & 0x7fff_ffff) : bits
}

function place64(value: number): bigint {
  scratch.setFloat64(0, value)
  const bits = scratch.getBigInt64(0)
  return bits < 0n ? -(bits & 0x7fff_ffff_ffff_ffffn) : bits
}
