import { type Fault, showValue } from '#faults'
import { decodeTensor, explainTensor } from '../model/decode-tensor.ts'
import { elementRules, type Elements, type ElementType } from '../model/element-type.ts'
import { elementCount } from '../model/tensor.ts'
import { MAX_FAULTS } from './request-faults.ts'

/** No model has more dimensions; deeper lists are not looked into. */
const MAX_RANK = 16

/**
 * Reads a tensor's `data`: one list of all elements in row-major order, or lists nested as the shape says.
 *
 * @param path where the list stands, for the faults
 * @returns undefined where there are faults
 */
export function readJson(
  type: ElementType,
  data: unknown,
  dims: readonly number[],
  path: string,
  faults: Fault[],
): Elements | undefined {
  const count = elementCount(dims)
  if (Array.isArray(data) && count > 0 && Array.isArray(data[0])) return readNested(type, data, dims, path, faults)
  const list: readonly unknown[] | undefined = count > 0 ? asList(data) : asList(data)?.flat(MAX_RANK)
  const rules = elementRules(type)
  if (list?.length !== count) {
    const received = list === undefined ? showValue(data) : `a list of ${list.length}`
    faults.push({ path, text: `expected a list of ${count} ${rules.many}, received ${received}` })
    return undefined
  }
  const elements = rules.allocate(count)
  if (rules.fill(elements, 0, list) === -1) return elements
  explainList(type, list, path, faults)
  return undefined
}

function asList(data: unknown): readonly unknown[] | undefined {
  return Array.isArray(data) ? data : undefined
}

function readNested(
  type: ElementType,
  data: unknown,
  dims: readonly number[],
  path: string,
  faults: Fault[],
): Elements | undefined {
  const spec = { name: '', type, shape: dims }
  const tensor = decodeTensor(data, spec)
  if (tensor === undefined) faults.push(...explainTensor(data, spec, path))
  return tensor?.data
}

function explainList(type: ElementType, list: readonly unknown[], path: string, faults: Fault[]): void {
  const rules = elementRules(type)
  const one = rules.allocate(1)
  for (let i = 0; i < list.length && faults.length < MAX_FAULTS; i += 1) {
    if (rules.fill(one, 0, [list[i]]) === -1) continue
    faults.push({ path: `${path}[${i}]`, text: `expected ${rules.one}, received ${showValue(list[i])}` })
  }
}
