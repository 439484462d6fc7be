/** Numbers, truth values or texts of one tensor, in row-major order; bool is one byte per element, 0 or 1. */
export type Elements =
  | Float16Array
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | string[]

interface ElementRules {
  /** One element, for a message: `a finite number`. */
  readonly one: string
  /** Several elements, for a message: `numbers`. */
  readonly many: string
  readonly allocate: (length: number) => Elements
  /** Writes JSON values from `offset` on; the index of the first value that does not fit, or -1. */
  readonly fill: (target: Elements, offset: number, values: readonly unknown[]) => number
}

const FLOAT16_MAX = 65_504
const FLOAT32_MAX = 3.4028234663852886e38

/** What JSON, which has no such numbers, writes in their place. */
const NON_FINITE: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
])

/** Element types that a request can carry, by ONNX Runtime's name. 4-bit integers and bfloat16 have no typed array. */
const RULES = {
  float16: float('a number within float16', (length) => new Float16Array(length), FLOAT16_MAX),
  float32: float('a number within float32', (length) => new Float32Array(length), FLOAT32_MAX),
  float64: float('a finite number', (length) => new Float64Array(length), Number.MAX_VALUE),
  int8: whole((length) => new Int8Array(length), -128, 127),
  int16: whole((length) => new Int16Array(length), -32_768, 32_767),
  int32: whole((length) => new Int32Array(length), -2_147_483_648, 2_147_483_647),
  int64: wide((length) => new BigInt64Array(length), -(2n ** 63n), 2n ** 63n - 1n),
  uint8: whole((length) => new Uint8Array(length), 0, 255),
  uint16: whole((length) => new Uint16Array(length), 0, 65_535),
  uint32: whole((length) => new Uint32Array(length), 0, 4_294_967_295),
  uint64: wide((length) => new BigUint64Array(length), 0n, 2n ** 64n - 1n),
  bool: {
    one: 'true or false',
    many: 'truth values',
    allocate: (length) => new Uint8Array(length),
    fill: (target, offset, values) => {
      for (const [i, value] of values.entries()) {
        if (typeof value !== 'boolean') return i
        target[offset + i] = value ? 1 : 0
      }
      return -1
    },
  },
  string: {
    one: 'a text',
    many: 'texts',
    allocate: (length) => new Array<string>(length).fill(''),
    fill: (target, offset, values) => {
      for (const [i, value] of values.entries()) {
        if (typeof value !== 'string') return i
        target[offset + i] = value
      }
      return -1
    },
  },
} as const satisfies Record<string, ElementRules>

/** ONNX Runtime's name of an element type that the model server supports. */
export type ElementType = keyof typeof RULES

/** Whether the model server can carry this element type. */
export function isElementType(name: string): name is ElementType {
  return Object.hasOwn(RULES, name)
}

/** How elements of a type are made from JSON values. */
export function elementRules(type: ElementType): ElementRules {
  return RULES[type]
}

/** Whether values of the type may be NaN or infinite. */
export function isFloat(type: ElementType): boolean {
  return type === 'float32' || type === 'float64' || type === 'float16'
}

/** The comparison also refuses the Infinity that JSON.parse makes of 1e999: whoever means it writes its name. */
function float(one: string, allocate: (length: number) => Elements, max: number): ElementRules {
  return {
    one,
    many: 'numbers',
    allocate,
    fill: (target, offset, values) => {
      for (let i = 0; i < values.length; i += 1) {
        const value = values[i]
        if (typeof value === 'number' && value <= max && value >= -max) {
          target[offset + i] = value
        } else {
          const named = NON_FINITE.get(value)
          if (named === undefined) return i
          target[offset + i] = named
        }
      }
      return -1
    },
  }
}

function whole(allocate: (length: number) => Elements, min: number, max: number): ElementRules {
  return {
    one: `a whole number from ${min} to ${max}`,
    many: 'whole numbers',
    allocate,
    fill: (target, offset, values) => {
      for (let i = 0; i < values.length; i += 1) {
        const value = values[i]
        if (!isWhole(value, min, max)) return i
        target[offset + i] = value
      }
      return -1
    },
  }
}

/** A number beyond 2^53 has been rounded already and is refused rather than changed; a bigint has all its digits. */
function wide(allocate: (length: number) => BigInt64Array | BigUint64Array, min: bigint, max: bigint): ElementRules {
  const minNumber = Math.max(Number(min), Number.MIN_SAFE_INTEGER)
  return {
    one: `a whole number from ${min} to ${max}`,
    many: 'whole numbers',
    allocate,
    fill: (target, offset, values) => {
      for (let i = 0; i < values.length; i += 1) {
        const value = values[i]
        if (isWhole(value, minNumber, Number.MAX_SAFE_INTEGER)) target[offset + i] = BigInt(value)
        else if (typeof value === 'bigint' && value >= min && value <= max) target[offset + i] = value
        else return i
      }
      return -1
    },
  }
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
}
