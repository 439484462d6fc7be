/** ln(e^a + e^b) without leaving log space; either may be -Infinity. */
export function addLogs(a: number, b: number): number {
  if (a === -Infinity) return b
  if (b === -Infinity) return a
  return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b))
}

/** ln of the sum of e^value; -Infinity for an empty list. */
export function sumLogs(values: readonly number[]): number {
  let highest = -Infinity
  for (const value of values) if (value > highest) highest = value
  if (highest === -Infinity) return highest
  let sum = 0
  for (const value of values) sum += Math.exp(value - highest)
  return highest + Math.log(sum)
}
