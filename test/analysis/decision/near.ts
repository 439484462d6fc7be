import * as assert from 'uvu/assert'

/** Asserts that a figure is within a relative distance (absolute, below 1) of what is expected. */
export function near(actual: number, expected: number, tolerance = 1e-9): void {
  const limit = tolerance * Math.max(1, Math.abs(expected))
  assert.ok(Math.abs(actual - expected) <= limit, `expected ${expected}, received ${actual}`)
}

/** The same for lists, element by element. */
export function nearAll(actual: readonly number[], expected: readonly number[], tolerance = 1e-9): void {
  assert.is(actual.length, expected.length)
  expected.forEach((value, k) => {
    near(actual[k]!, value, tolerance)
  })
}
