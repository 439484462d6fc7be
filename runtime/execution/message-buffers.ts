import type { Tensor } from '../model/tensor.ts'

/**
 * Tensors with buffers of their own. A message carries whole buffers: a tensor that looks at a few bytes of a large request would
 * take the request along, and a transfer would take it away from whoever else looks at it.
 */
export function detach(tensors: readonly Tensor[]): Tensor[] {
  return tensors.map((tensor) => ({ ...tensor, data: tensor.data.slice() }))
}

/** The buffers of tensors, which a message to another thread hands over instead of copying them. */
export function transferable(tensors: readonly Tensor[]): ArrayBuffer[] {
  const buffers = tensors.flatMap(({ data }) => (Array.isArray(data) ? [] : [data.buffer]))
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer)
}
