import { isFloat } from '../../runtime/model/element-type.ts'
import type { Tensor } from '#runtime'

/** Absolute tolerance of ONNX's own backend tests, beside any relative one. */
const ABSOLUTE = 1e-7

/**
 * Where a tensor differs from what was expected; undefined where it does not.
 *
 * @param relative tolerance of floats; 0 asks for the very same values and signs of zero, Infinity for the same type and shape alone
 */
export function difference(actual: Tensor, expected: Tensor, relative: number): string | undefined {
  const { type, dims, data } = expected
  if (actual.type !== type) return `type ${actual.type}, expected ${type}`
  if (actual.dims.join() !== dims.join()) return `shape [${actual.dims.join()}], expected [${dims.join()}]`
  if (actual.data.length !== data.length) return `${actual.data.length} elements, expected ${data.length}`
  if (relative === Infinity) return undefined
  for (let i = 0; i < data.length; i += 1) {
    const [a, b] = [actual.data[i], data[i]]
    if (Object.is(a, b) || (relative > 0 && a === b)) continue
    const distance = Math.abs(Number(a) - Number(b))
    if (relative > 0 && isFloat(type) && distance <= ABSOLUTE + relative * Math.abs(Number(b))) continue
    return `element ${i} is ${String(a)}, expected ${String(b)}`
  }
  return undefined
}
