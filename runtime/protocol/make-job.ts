import type { Fault } from '#faults'
import type { Job } from '../execution/executor.ts'
import { hasRows, type Signature } from '../model/signature.ts'
import type { Tensor } from '../model/tensor.ts'
import { refuseFaults } from './request-faults.ts'

/**
 * Makes a job of a request's inputs, each of which fits its own specification.
 *
 * @param feeds one tensor per input, in the signature's order
 * @param maxRows most rows that one request may bring
 * @throws {InputError} where inputs do not fit each other or there are too many rows
 */
export function makeJob(feeds: readonly Tensor[], signature: Signature, maxRows: number): Job {
  const rows = rowsOf(feeds, signature)
  const faults = differentSizes(feeds, signature)
  if (rows !== undefined && rows > maxRows) {
    faults.push({ path: 'inputs', text: `expected at most ${maxRows} rows, received ${rows}` })
  }
  refuseFaults(faults)
  return { feeds, rows }
}

/** Dimensions of one name have one size. Left to ONNX Runtime, a difference would be a failure of the model. */
function differentSizes(feeds: readonly Tensor[], { inputs }: Signature): Fault[] {
  if (inputs.length === 1 && inputs[0]!.shape.length <= 1) return []
  const faults: Fault[] = []
  const sizes = new Map<string, { size: number; name: string }>()
  for (const [i, { name, shape }] of inputs.entries()) {
    for (const [axis, dim] of shape.entries()) {
      if (typeof dim === 'number' || dim === '') continue
      const size = feeds[i]!.dims[axis]!
      const earlier = sizes.get(dim)
      if (earlier === undefined) sizes.set(dim, { size, name })
      else if (earlier.size !== size) {
        const text = `expected size ${earlier.size} in dimension ${dim} as in input '${earlier.name}', received ${size}`
        faults.push({ path: `inputs.${name}`, text })
      }
    }
  }
  return faults
}

/** Rows are examples of their own only where all inputs bring equally many, and at least one. */
function rowsOf(feeds: readonly Tensor[], signature: Signature): number | undefined {
  if (!hasRows(signature)) return undefined
  const rows = feeds[0]?.dims[0]
  return rows !== 0 && feeds.every(({ dims }) => dims[0] === rows) ? rows : undefined
}
