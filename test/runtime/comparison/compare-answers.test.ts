import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareAnswers, outputRoles, type Tensor, type TensorSpec, type Tolerance } from '#runtime'

const compare = suite('compareAnswers()')

const LABEL: TensorSpec = { name: 'label', type: 'int64', shape: ['N'] }
const PROBABILITIES: TensorSpec = { name: 'probabilities', type: 'float32', shape: ['N', 2] }
const VALUE: TensorSpec = { name: 'value', type: 'float32', shape: ['N', 1] }

const labels = (...values: number[]): Tensor => ({
  type: 'int64',
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
})
const floats = (width: number, ...values: number[]): Tensor => ({
  type: 'float32',
  dims: [values.length / width, width],
  data: Float32Array.from(values),
})
const tolerance = (part: Partial<Tolerance>): Tolerance => ({ absolute: 0, relative: 0, ulps: 0, ...part })
const NONE = new Map<string, Tolerance>()

compare('finds the rows whose label is another one', () => {
  const [first, second] = compareAnswers([LABEL], [labels(0, 1)], [labels(0, 2)], NONE)
  assert.equal(first, { disagrees: false, kind: undefined, flip: undefined, reasons: [] })
  assert.equal(second, {
    disagrees: true,
    kind: 'label',
    flip: { output: 'label', stable: '1', canary: '2' },
    reasons: ["label is 2, stable's is 1"],
  })
})

compare('lets probabilities beside a label differ as they like', () => {
  const stable = [labels(0), floats(2, 0.9, 0.1)]
  const canary = [labels(0), floats(2, 0.6, 0.4)]
  assert.equal(disagreements([LABEL, PROBABILITIES], stable, canary), [false])
})

compare('holds probabilities beside a label to a tolerance that is named for them', () => {
  const stable = [labels(0, 0), floats(2, 0.9, 0.1, 0.9, 0.1)]
  const canary = [labels(0, 0), floats(2, 0.86, 0.14, 0.84, 0.16)]
  const named = new Map([['probabilities', tolerance({ absolute: 0.05 })]])
  assert.equal(disagreements([LABEL, PROBABILITIES], stable, canary, named), [false, true])
})

for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
  compare(`never overlooks ${value} on one side, beside an ordinary label`, () => {
    const fine = [labels(1), floats(2, 0.1, 0.9)]
    const broken = [labels(1), floats(2, value, value)]
    const named = new Map([['probabilities', tolerance({ absolute: 1e30, relative: 1e30, ulps: 1e9 })]])
    for (const tolerances of [NONE, named]) {
      assert.equal(disagreements([LABEL, PROBABILITIES], fine, broken, tolerances), [true])
      assert.is(compareAnswers([LABEL, PROBABILITIES], fine, broken, tolerances)[0]?.kind, 'notFinite')
      assert.equal(disagreements([LABEL, PROBABILITIES], broken, fine, tolerances), [true])
      assert.equal(disagreements([LABEL, PROBABILITIES], broken, broken, tolerances), [false])
    }
  })
}

compare('tells the flip before the number that became NaN', () => {
  const [row] = compareAnswers(
    [PROBABILITIES, LABEL],
    [floats(2, 0.9, 0.1), labels(0)],
    [floats(2, Number.NaN, 0.1), labels(1)],
    NONE,
  )
  assert.equal(row?.reasons, [
    "label is 1, stable's is 0",
    'probabilities is NaN or infinite on one side in 1 of 2 numbers',
  ])
})

compare('takes the highest score for the label of a model that gives none', () => {
  const rows = compareAnswers([PROBABILITIES], [floats(2, 0.6, 0.4, 0.9, 0.1)], [floats(2, 0.4, 0.6, 0.6, 0.4)], NONE)
  assert.equal(
    rows.map(({ flip }) => flip),
    [{ output: 'probabilities', stable: '0', canary: '1' }, undefined],
  )
})

compare('holds a regression to the default tolerance, half precision', () => {
  const stable = [floats(1, 100, 100, 0, 0)]
  const canary = [floats(1, 100.09, 100.11, 0.000_009, 0.000_011)]
  assert.equal(disagreements([VALUE], stable, canary), [false, true, false, true])
})

compare('holds a regression to its own tolerance instead', () => {
  const named = new Map([['value', tolerance({ absolute: 5 })]])
  assert.equal(disagreements([VALUE], [floats(1, 100, 100)], [floats(1, 104, 106)], named), [false, true])
})

compare('counts units in the last place in the type of the output', () => {
  const next = Float32Array.from([1 + 2 ** -23, 1 + 3 * 2 ** -23])
  const named = new Map([['value', tolerance({ ulps: 2 })]])
  assert.equal(disagreements([VALUE], [floats(1, 1, 1)], [floats(1, ...next)], named), [false, true])
})

compare('judges a whole number as a number where a tolerance is named for it', () => {
  const named = new Map([['label', tolerance({ absolute: 1 })]])
  const rows = compareAnswers([LABEL], [labels(10, 10)], [labels(11, 12)], named)
  assert.equal(
    rows.map(({ disagrees, flip }) => [disagrees, flip]),
    [
      [false, undefined],
      [true, undefined],
    ],
  )
})

compare('compares embeddings as numbers where a tolerance is named for them, and derives no class', () => {
  const named = new Map([['probabilities', tolerance({ absolute: 0.3 })]])
  const stable = floats(2, 0.6, 0.4, 0.6, 0.4)
  const rows = compareAnswers([PROBABILITIES], [stable], [floats(2, 0.4, 0.6, 0.6, 0.8)], named)
  assert.equal(
    rows.map(({ kind, flip }) => [kind, flip]),
    [
      [undefined, undefined],
      ['tolerance', undefined],
    ],
  )
})

compare('calls labels by their names in what it says, and counts them as they are', () => {
  const nameLabel = (label: string) => ['setosa', 'versicolor', 'virginica'][Number(label)] ?? label
  const [label] = compareAnswers([LABEL], [labels(1)], [labels(2)], NONE, nameLabel)
  assert.equal(label?.reasons, ["label is virginica, stable's is versicolor"])
  assert.equal(label?.flip, { output: 'label', stable: '1', canary: '2' })
  const [score] = compareAnswers([PROBABILITIES], [floats(2, 1, 0)], [floats(2, 0, 1)], NONE, nameLabel)
  assert.equal(score?.reasons, ["probabilities is highest for class versicolor, stable's for class setosa"])
})

compare('tells 64-bit integers apart that float64 holds as one', () => {
  const wide = (value: bigint): Tensor => ({ type: 'int64', dims: [1], data: BigInt64Array.from([value]) })
  const [stable, canary] = [wide(2n ** 60n), wide(2n ** 60n + 1n)]
  assert.equal(disagreements([LABEL], [stable], [canary]), [true])
  assert.equal(disagreements([LABEL], [stable], [canary], new Map([['label', tolerance({})]])), [true])
  assert.equal(disagreements([LABEL], [stable], [canary], new Map([['label', tolerance({ absolute: 1 })]])), [false])
})

compare('shows texts and truth values as they are', () => {
  const word: TensorSpec = { name: 'word', type: 'string', shape: ['N', 1] }
  const flag: TensorSpec = { name: 'flag', type: 'bool', shape: ['N'] }
  const [text] = compareAnswers(
    [word],
    [{ type: 'string', dims: [1, 1], data: ['a'] }],
    [{ type: 'string', dims: [1, 1], data: ['b'] }],
    NONE,
  )
  assert.equal(text?.flip, { output: 'word', stable: 'a', canary: 'b' })
  const bool = (value: number): Tensor => ({ type: 'bool', dims: [1], data: Uint8Array.from([value]) })
  const [truth] = compareAnswers([flag], [bool(0)], [bool(1)], NONE)
  assert.equal(truth?.flip, { output: 'flag', stable: 'false', canary: 'true' })
})

compare('calls several whole numbers per row a difference, but no flip', () => {
  const many: TensorSpec = { name: 'tokens', type: 'int32', shape: ['N', 2] }
  const tokens = (...values: number[]): Tensor => ({ type: 'int32', dims: [1, 2], data: Int32Array.from(values) })
  const [row] = compareAnswers([many], [tokens(1, 2)], [tokens(1, 3)], NONE)
  assert.equal(row, {
    disagrees: true,
    kind: 'label',
    flip: undefined,
    reasons: ["output 'tokens' has 3, stable's has 2"],
  })
})

compare('makes all rows differ where an output is missing or has another shape or type', () => {
  const stable = [labels(0, 1)]
  for (const canary of [undefined, labels(0), { ...labels(0, 1), type: 'int32', data: new Int32Array(2) } as const]) {
    const rows = compareAnswers([LABEL], stable, [canary], NONE)
    assert.equal(
      rows.map(({ disagrees }) => disagrees),
      [true, true],
    )
    assert.match(rows[0]?.reasons[0] ?? '', /^output 'label' is /)
  }
})

compare('takes an answer without rows for one', () => {
  const fixed: TensorSpec = { name: 'image', type: 'float32', shape: [2, 2] }
  assert.equal(disagreements([fixed], [floats(2, 1, 2, 3, 4)], [floats(2, 1, 2, 3, 5)]), [true])
  const scalar: TensorSpec = { name: 'loss', type: 'float64', shape: [] }
  const value = (x: number): Tensor => ({ type: 'float64', dims: [], data: Float64Array.of(x) })
  assert.equal(disagreements([scalar], [value(1)], [value(1)]), [false])
})

compare('calls an answer without any row one pair, that disagrees with one that has rows', () => {
  const empty = { ...labels(), dims: [0] }
  assert.equal(disagreements([LABEL], [empty], [empty]), [false])
  assert.equal(disagreements([LABEL], [empty], [labels(1, 2)]), [true])
})

compare.run()

const roles = suite('outputRoles()')

const NAMED = tolerance({ absolute: 1 })
const EMBEDDING: TensorSpec = { name: 'embedding', type: 'float32', shape: ['N', 384] }

for (const [what, specs, named, expected] of [
  ['scores are the classes of a model without a label', [EMBEDDING], [], ['scores']],
  ['scores with a tolerance are numbers', [EMBEDDING], ['embedding'], ['number']],
  ['no other output becomes scores instead', [EMBEDDING, PROBABILITIES], ['embedding'], ['number', 'number']],
  ['a label with a tolerance is a number', [LABEL], ['label'], ['number']],
  ['what stands beside such a label stays there', [LABEL, PROBABILITIES], ['label'], ['number', 'detail']],
  ['numbers beside a label stay there', [PROBABILITIES, LABEL], ['probabilities'], ['detail', 'label']],
  ['several whole numbers with a tolerance are numbers', [{ ...EMBEDDING, type: 'int8' }], ['embedding'], ['number']],
  ['a text has no distance', [{ ...LABEL, type: 'string' }], ['label'], ['label']],
  ['nor has a truth value', [{ ...EMBEDDING, type: 'bool' }], ['embedding'], ['list']],
] as const) {
  roles(what, () => {
    assert.equal(outputRoles(specs, new Map(named.map((name) => [name, NAMED]))), expected)
  })
}

roles.run()

function disagreements(
  specs: readonly TensorSpec[],
  stable: readonly Tensor[],
  canary: readonly Tensor[],
  tolerances: ReadonlyMap<string, Tolerance> = NONE,
): boolean[] {
  return compareAnswers(specs, stable, canary, tolerances).map(({ disagrees }) => disagrees)
}
