/** Element types of ONNX by the names that ONNX Runtime uses (onnx.proto, TensorProto.DataType). */
const ELEMENT_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
} as const

type Type = keyof typeof ELEMENT_TYPES

/** An input or output of a model under construction; no shape means any rank. */
export interface ValueSpec {
  readonly name: string
  readonly type: Type
  readonly shape?: readonly (number | string)[]
  /** A sequence of such tensors. */
  readonly sequence?: boolean
}

/** A node of a model under construction. */
export interface NodeSpec {
  readonly op: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Whole numbers, or the body of a loop. */
  readonly attributes?: Readonly<Record<string, number | GraphSpec>>
}

/** A constant of a model under construction: float32 values in row-major order. */
export interface ConstantSpec {
  readonly name: string
  readonly dims: readonly number[]
  readonly values: Float32Array
}

/** A graph under construction. */
export interface GraphSpec {
  readonly constants?: readonly ConstantSpec[]
  readonly inputs: readonly ValueSpec[]
  readonly outputs: readonly ValueSpec[]
  readonly nodes: readonly NodeSpec[]
}

/** The bytes of an ONNX model (opset 17, IR 8), written field by field as onnx.proto numbers them. */
export function onnxModel(model: GraphSpec): Buffer {
  const opset = Buffer.concat([text(1, ''), number(2, 17)])
  return Buffer.concat([number(1, 8), bytes(7, graphProto(model)), bytes(8, opset)])
}

/** A model that gives its input back. */
export function identityModel(type: Type, shape?: readonly (number | string)[]): Buffer {
  const value = { type, ...(shape === undefined ? {} : { shape }) }
  return onnxModel({
    inputs: [{ name: 'x', ...value }],
    outputs: [{ name: 'y', ...value }],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
  })
}

/**
 * A model that gives its input back after as many rounds of a loop as its largest value says: a very large one hangs it.
 *
 * @param roundsPerUnit a very large one hangs it at any value above 0
 */
export function loopingModel(roundsPerUnit = 1): Buffer {
  const value = { type: 'float32', shape: ['N', 1] } as const
  const scalar = (name: string, type: Type) => ({ name, type, shape: [] })
  const body: GraphSpec = {
    inputs: [scalar('round', 'int64'), scalar('go', 'bool'), { name: 'before', ...value }],
    outputs: [scalar('goOn', 'bool'), { name: 'after', ...value }],
    nodes: [
      { op: 'Identity', inputs: ['go'], outputs: ['goOn'] },
      { op: 'Identity', inputs: ['before'], outputs: ['after'] },
    ],
  }
  return onnxModel({
    constants: [{ name: 'perUnit', dims: [], values: Float32Array.of(roundsPerUnit) }],
    inputs: [{ name: 'x', ...value }],
    outputs: [{ name: 'y', ...value }],
    nodes: [
      { op: 'ReduceMax', inputs: ['x'], outputs: ['largest'], attributes: { keepdims: 0 } },
      { op: 'Mul', inputs: ['largest', 'perUnit'], outputs: ['wanted'] },
      { op: 'Cast', inputs: ['wanted'], outputs: ['rounds'], attributes: { to: ELEMENT_TYPES.int64 } },
      { op: 'Loop', inputs: ['rounds', '', 'x'], outputs: ['y'], attributes: { body } },
    ],
  })
}

/** A model that builds a list of as many numbers as its largest value says, and keeps the memory. */
export function hoardingModel(): Buffer {
  const value = { type: 'float32', shape: ['N', 1] } as const
  return onnxModel({
    inputs: [{ name: 'x', ...value }],
    outputs: [{ name: 'y', type: 'float32', shape: [] }],
    nodes: [
      { op: 'ReduceMax', inputs: ['x'], outputs: ['largest'], attributes: { keepdims: 0 } },
      { op: 'Sub', inputs: ['largest', 'largest'], outputs: ['zero'] },
      { op: 'Exp', inputs: ['zero'], outputs: ['one'] },
      { op: 'Range', inputs: ['zero', 'largest', 'one'], outputs: ['list'] },
      { op: 'ReduceMax', inputs: ['list'], outputs: ['y'], attributes: { keepdims: 0 } },
    ],
  })
}

/**
 * A multi-layer perceptron with ReLU between its layers and small made-up weights, input `x` and output `y`.
 *
 * @param widths of the input and of each layer
 */
export function perceptron(widths: readonly number[], seed = 1): Buffer {
  const layers = widths.slice(1)
  const constants = layers.map((width, layer): ConstantSpec => {
    const dims = [widths[layer]!, width]
    // Any spread of signs does; real random numbers for millions of weights would take seconds.
    const values = Float32Array.from({ length: dims[0]! * width }, (_, i) => (((i * 7 + seed) % 13) - 6) / (6 * width))
    return { name: `w${layer}`, dims, values }
  })
  const last = layers.length - 1
  const nodes = layers.flatMap((_, layer): NodeSpec[] => {
    const product = { op: 'MatMul', inputs: [layer === 0 ? 'x' : `r${layer - 1}`, `w${layer}`] }
    if (layer === last) return [{ ...product, outputs: ['y'] }]
    return [
      { ...product, outputs: [`p${layer}`] },
      { op: 'Relu', inputs: [`p${layer}`], outputs: [`r${layer}`] },
    ]
  })
  return onnxModel({
    constants,
    inputs: [{ name: 'x', type: 'float32', shape: ['N', widths[0]!] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['N', widths.at(-1)!] }],
    nodes,
  })
}

function graphProto({ nodes, inputs, outputs, constants = [] }: GraphSpec): Buffer {
  return Buffer.concat([
    ...nodes.map((node) => bytes(1, nodeProto(node))),
    text(2, 'graph'),
    ...constants.map((constant) => bytes(5, tensorProto(constant))),
    ...inputs.map((input) => bytes(11, valueInfo(input))),
    ...outputs.map((output) => bytes(12, valueInfo(output))),
  ])
}

function nodeProto({ op, inputs, outputs, attributes = {} }: NodeSpec): Buffer {
  return Buffer.concat([
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => bytes(5, attributeProto(name, value))),
  ])
}

function tensorProto({ name, dims, values }: ConstantSpec): Buffer {
  const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  return Buffer.concat([...dims.map((dim) => number(1, dim)), number(2, 1), text(8, name), bytes(9, raw)])
}

function attributeProto(name: string, value: number | GraphSpec): Buffer {
  if (typeof value === 'number') return Buffer.concat([text(1, name), number(3, value), number(20, 2)])
  return Buffer.concat([text(1, name), bytes(6, graphProto(value)), number(20, 5)])
}

function valueInfo({ name, type, shape, sequence = false }: ValueSpec): Buffer {
  const dims = (shape ?? []).map((dim) => bytes(1, typeof dim === 'number' ? number(1, dim) : text(2, dim)))
  const tensor = Buffer.concat([
    number(1, ELEMENT_TYPES[type]),
    ...(shape === undefined ? [] : [bytes(2, Buffer.concat(dims))]),
  ])
  const tensorType = bytes(1, tensor)
  return Buffer.concat([text(1, name), bytes(2, sequence ? bytes(4, bytes(1, tensorType)) : tensorType)])
}

function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value))
}

function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(value.length), value])
}

function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)])
}

function varint(value: number): Buffer {
  const digits: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) digits.push((rest % 128) | 128)
  return Buffer.from([...digits, rest])
}
