import type { Random } from '../support/random.ts'

const DEPTH = 2_000

/** Values that readers of JSON trip over. */
const ODD_VALUES: readonly (() => unknown)[] = [
  () => null,
  () => true,
  () => -1,
  () => 0.5,
  () => 2 ** 53,
  () => 1e300,
  () => '',
  () => 'NaN',
  () => '__proto__',
  () => [],
  () => [[], [1]],
  () => ({}),
  () => JSON.parse('{"__proto__":{"polluted":1},"constructor":1,"toString":2,"length":3}') as unknown,
  () => Array.from({ length: DEPTH }).reduce<unknown>((inner) => [inner], 1),
  () => Array<number>(1_000).fill(7),
]

const ODD_NAMES = ['__proto__', 'constructor', '', 'data', 'parameters', 'binary_data_size', 'outputs'] as const

/** Literals that JSON.stringify never writes. */
const ODD_LITERALS = [
  '1e999',
  '-0',
  '-1e-999',
  '123456789012345678901234567890',
  '-9223372036854775809',
  '\ud800',
] as const

/** The text of a JSON value of which one part was exchanged, doubled or left out. */
export function mutateJson(value: unknown, random: Random): string {
  const text = JSON.stringify(change(value, random))
  if (random.uniform() > 0.2) return text
  const literal = ODD_LITERALS[below(random, ODD_LITERALS.length)]!
  return text.replace(/\d+/, literal)
}

function change(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.uniform() < 0.15) return oddValue(random)
  if (Array.isArray(value)) {
    const list: unknown[] = [...(value as readonly unknown[])]
    const at = below(random, list.length + 1)
    if (random.uniform() < 0.2) list.splice(at, 1)
    else if (at === list.length || random.uniform() < 0.2) list.push(list.length > 0 ? list[0] : oddValue(random))
    else list[at] = change(list[at], random)
    return list
  }
  const members = Object.entries(value)
  const at = below(random, members.length + 1)
  if (at === members.length) members.push([ODD_NAMES[below(random, ODD_NAMES.length)]!, oddValue(random)])
  else if (random.uniform() < 0.2) members.splice(at, 1)
  else members[at]![1] = change(members[at]![1], random)
  return Object.fromEntries(members)
}

function oddValue(random: Random): unknown {
  return ODD_VALUES[below(random, ODD_VALUES.length)]!()
}

function below(random: Random, limit: number): number {
  return Math.floor(random.uniform() * limit)
}
