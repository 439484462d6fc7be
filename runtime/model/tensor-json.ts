import { isFloat, type Elements } from './element-type.ts'
import { elementCount, type Tensor } from './tensor.ts'

/**
 * A tensor as JSON text: lists nested as its dimensions are, a bare value for a scalar.
 *
 * Written by hand because JSON.stringify hides what matters: it makes null of NaN and the infinities, which stand here as the
 * texts "NaN", "Infinity" and "-Infinity", and it refuses 64-bit integers, which stand here with all their digits.
 */
export function tensorJson(tensor: Tensor): string {
  const write = writer(tensor)
  return nest(tensor.dims, write, 0)
}

/** A tensor's elements as one JSON list, in row-major order. */
export function elementsJson(tensor: Tensor): string {
  return nest([tensor.data.length], writer(tensor), 0)
}

/**
 * The prediction as JSON text: always a list with one entry per row, so that clients of one row and of many read it alike.
 * A single value per row stands bare, whether the model gives it as `[N]` or `[N,1]`.
 */
export function predictionJson(tensor: Tensor): string {
  const { dims } = tensor
  if (elementCount(dims.slice(1)) !== 1) return tensorJson(tensor)
  return nest([dims[0] ?? 1], writer(tensor), 0)
}

type Write = (index: number) => string

function writer({ type, data }: Tensor): Write {
  if (type === 'string') return (i) => JSON.stringify(data[i])
  if (type === 'bool') return (i) => (data[i] === 1 ? 'true' : 'false')
  if (isFloat(type)) return (i) => writeFloat(data, i)
  return (i) => String(data[i])
}

function writeFloat(data: Elements, index: number): string {
  const value = data[index]
  if (Object.is(value, -0)) return '-0'
  return Number.isFinite(value) ? String(value) : `"${String(value)}"`
}

function nest(dims: readonly number[], write: Write, offset: number): string {
  const [size, ...inner] = dims
  if (size === undefined) return write(offset)
  const stride = elementCount(inner)
  let text = '['
  for (let i = 0; i < size; i += 1) {
    if (i > 0) text += ','
    text += inner.length === 0 ? write(offset + i) : nest(inner, write, offset + i * stride)
  }
  return `${text}]`
}
