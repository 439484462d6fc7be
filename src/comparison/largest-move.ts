import { difference, type NumericElement, type OutputRole, type Tensor } from '#runtime'

/** Largest finite |Δ| of one row over all outputs that are numbers; says how bad an example is among those of its kind. */
export function largestMove(
  roles: readonly OutputRole[],
  stable: readonly (Tensor | undefined)[],
  canary: readonly (Tensor | undefined)[],
  row: number,
  rows: number,
): number {
  return Math.max(
    0,
    ...roles.map((role, i) => {
      const [a, b] = [stable[i], canary[i]]
      if (role === 'label' || role === 'list' || a === undefined || b === undefined) return 0
      return moveOf(a.data as ArrayLike<NumericElement>, b.data as ArrayLike<NumericElement>, row, a.data.length / rows)
    }),
  )
}

function moveOf(
  stable: ArrayLike<NumericElement>,
  canary: ArrayLike<NumericElement>,
  row: number,
  width: number,
): number {
  let largest = 0
  for (let i = row * width; i < (row + 1) * width; i += 1) {
    const move = Math.abs(difference(stable[i]!, canary[i]!))
    if (Number.isFinite(move) && move > largest) largest = move
  }
  return largest
}
