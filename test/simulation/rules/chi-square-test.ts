import type { Judge } from '../judge.ts'

/** Critical values of chi-square by degrees of freedom, from the usual tables. */
const CRITICAL = {
  0.05: [0, 3.841, 5.991, 7.815, 9.488, 11.07, 12.592, 14.067, 15.507, 16.919],
  0.01: [0, 6.635, 9.21, 11.345, 13.277, 15.086, 16.812, 18.475, 20.09, 21.666],
} as const

/** Pearson's test of equal class distributions on all predictions so far, repeated at every look. Up to 10 classes. */
export function chiSquareTest(name: string, significance: keyof typeof CRITICAL): Judge {
  return {
    name,
    kind: 'rule',
    open: () => {
      const canary = new Map<string, number>()
      const stable = new Map<string, number>()
      return (window) => {
        add(canary, window.canary?.predictions)
        add(stable, window.stable?.predictions)
        const classes = new Set([...canary.keys(), ...stable.keys()])
        const statistic = chiSquare([...classes].map((name) => [canary.get(name) ?? 0, stable.get(name) ?? 0]))
        return statistic > CRITICAL[significance][classes.size - 1]!
      }
    },
  }
}

function add(sum: Map<string, number>, counts: Readonly<Record<string, number>> = {}): void {
  for (const [name, count] of Object.entries(counts)) sum.set(name, (sum.get(name) ?? 0) + count)
}

/** Pearson's statistic of a table with two columns; NaN when a column is empty. */
export function chiSquare(rows: readonly (readonly [number, number])[]): number {
  const [left, right] = rows.reduce(([l, r], [a, b]) => [l + a, r + b], [0, 0])
  let statistic = 0
  for (const [a, b] of rows) {
    const expectedLeft = ((a + b) * left) / (left + right)
    const expectedRight = ((a + b) * right) / (left + right)
    statistic += (a - expectedLeft) ** 2 / expectedLeft + (b - expectedRight) ** 2 / expectedRight
  }
  return statistic
}
