/** Numbers, truth values or texts of one tensor, in row-major order; bool is one byte per element, 0 or 1. */
export type Elements =
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

const FLOAT32_MAX = 3.4028234663852886e38

/**
 * Element types that a request can carry as JSON, by ONNX Runtime's name. float16 is absent: onnxruntime-node 1.30 cannot
 * read the Float16Array that Node 24 makes of it. 4-bit integers and bfloat16 have no typed array.
 */
const RULES = {
  float32: float((length) => new Float32Array(length), FLOAT32_MAX),
  float64: float((length) => new Float64Array(length), Number.MAX_VALUE),
  int8: whole((length) => new Int8Array(length), -128, 127),
  int16: whole((length) => new Int16Array(length), -32_768, 32_767),
  int32: whole((length) => new Int32Array(length), -2_147_483_648, 2_147_483_647),
  int64: wide((length) => new BigInt64Array(length), Number.MIN_SAFE_INTEGER),
  uint8: whole((length) => new Uint8Array(length), 0, 255),
  uint16: whole((length) => new Uint16Array(length), 0, 65_535),
  uint32: whole((length) => new Uint32Array(length), 0, 4_294_967_295),
  uint64: wide((length) => new BigUint64Array(length), 0),
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
  return type === 'float32' || type === 'float64'
}

/** The comparison also refuses NaN, and the Infinity that JSON.parse makes of 1e999. */
function float(allocate: (length: number) => Elements, max: number): ElementRules {
  return {
    one: max === FLOAT32_MAX ? 'a number within float32' : 'a finite number',
    many: 'numbers',
    allocate,
    fill: (target, offset, values) => {
      for (let i = 0; i < values.length; i += 1) {
        const value = values[i]
        if (typeof value !== 'number' || !(value <= max && value >= -max)) return i
        target[offset + i] = value
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

/** JSON.parse has rounded what lies beyond 2^53, so larger numbers are refused rather than changed. */
function wide(allocate: (length: number) => BigInt64Array | BigUint64Array, min: number): ElementRules {
  return {
    one: `a whole number from ${min} to ${Number.MAX_SAFE_INTEGER}`,
    many: 'whole numbers',
    allocate,
    fill: (target, offset, values) => {
      for (let i = 0; i < values.length; i += 1) {
        const value = values[i]
        if (!isWhole(value, min, Number.MAX_SAFE_INTEGER)) return i
        target[offset + i] = BigInt(value)
      }
      return -1
    },
  }
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
}
