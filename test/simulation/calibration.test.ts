import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { judgesOf, simulateRuns, type Cell } from './cell.ts'
import { cells } from './cells/index.ts'
import { simulate } from './simulate.ts'
import { tally, type Tally } from './tally.ts'

const SEED = 'fast part'

function cellNamed(name: string): Cell {
  const cell = cells.find((one) => one.name === name)
  if (cell === undefined) throw new Error(`Cannot find cell: received "${name}"`)
  return cell
}

/** A cell with some of its judges only, those of today included. */
function withJudges(name: string, judges: readonly string[]): Cell {
  const { brief, ...cell } = cellNamed(name)
  const chosen = [...cell.judges, ...(brief?.judges ?? [])].filter((judge) => judges.includes(judge.name))
  return { ...cell, judges: chosen }
}

function run(name: string, judges: readonly string[], runs: number): Map<string, Tally> {
  const cell = withJudges(name, judges)
  const outcomes = simulateRuns(cell, SEED, 0, runs)
  return new Map(cell.judges.map((judge, j) => [judge.name, tally(judge, outcomes[j] ?? [])]))
}

/** A rate that a budget of `alpha` allows in this many runs, but for one seed in a thousand. */
function allowed(alpha: number, runs: number): number {
  return alpha + 3 * Math.sqrt((alpha * (1 - alpha)) / runs)
}

const falseAborts = suite('false aborts')

const EQUAL_CANARIES = [
  { cell: 'errors 0.01 at 10/s, 0.1', judge: 'strict', runs: 70 },
  { cell: 'errors 0.001 at 1000/s, 0.5', judge: 'default', runs: 40 },
  { cell: 'drifting baseline at 100/s', judge: 'strict', runs: 40 },
  { cell: 'latency at 10/s, 0.3', judge: 'strict', runs: 12 },
  { cell: 'equal predictions, 3 classes at 10/s, 0.1', judge: 'equality', runs: 12 },
  { cell: 'shadow 0.01 at 10/s', judge: 'gate', runs: 80 },
]

for (const { cell, judge, runs } of EQUAL_CANARIES) {
  falseAborts(`stay within the budget: ${cell}, ${judge}, ${runs} runs of seed "${SEED}"`, () => {
    const { events } = run(cell, [judge], runs).get(judge)!
    assert.ok(events / runs <= allowed(0.01, runs), `${events} of ${runs} runs aborted`)
  })
}

falseAborts(`of a repeated z-test are seen by the same simulation, 40 runs of seed "${SEED}"`, () => {
  const { events } = run('drifting baseline at 100/s', ['z-test p < .01'], 40).get('z-test p < .01')!
  assert.ok(events >= 30, `${events} of 40 runs aborted`)
})

falseAborts.run()

const delays = suite('delays')

const REGRESSIONS = [
  { cell: 'errors 0.01 to 0.05 at 100/s, 0.1', judge: 'strict', oracle: 'oracle-2' },
  { cell: 'errors 0.01 to 0.05 at 100/s, 0.1', judge: 'default', oracle: 'oracle-2, tolerant' },
  { cell: 'latency every request x1.2 at 100/s, 0.1', judge: 'default', oracle: 'oracle-2, tolerant' },
  { cell: 'PSI 0.5, 10 classes at 100/s', judge: 'PSI ≤ 0.2', oracle: 'oracle-2, tolerant' },
  { cell: 'shadow 0.03 above the limit at 10/s', judge: 'gate', oracle: 'oracle-1' },
]

for (const { cell, judge, oracle } of REGRESSIONS) {
  delays(`are within 3 times the oracle's: ${cell}, ${judge}, 30 runs of seed "${SEED}"`, () => {
    const found = run(cell, [judge, oracle], 30)
    const [mine, best] = [found.get(judge)?.medianCount ?? Infinity, found.get(oracle)?.medianCount ?? 0]
    assert.ok(best > 0 && mine <= 3 * best, `median of ${mine}, the oracle's ${best}`)
  })
}

delays.run()

const promotions = suite('promotions')

promotions(`at the margin stay within their budget, 40 runs of seed "${SEED}"`, () => {
  const { events } = run('false promotions: error rate ≤ 1 %, 1 %', ['gate'], 40).get('gate')!
  assert.ok(events / 40 <= allowed(0.05, 40), `${events} of 40 runs promoted`)
})

promotions(`of a good canary come, 20 runs of seed "${SEED}"`, () => {
  const { events } = run('promotions: error rate ≤ 1 %, no errors', ['gate'], 20).get('gate')!
  assert.is(events, 20)
})

promotions.run()

const repeatable = suite('simulate()')

repeatable('gives on two threads what one would give', async () => {
  const chosen = [cellNamed('shadow 0.05 above the limit at 10/s'), cellNamed('errors 0.01 to 0.05 at 100/s, 0.5')]
  const found = await simulate({ cells: chosen, seed: SEED, runsOf: () => 60, workers: 2, onProgress: (done) => done })
  for (const [i, cell] of chosen.entries()) {
    const outcomes = simulateRuns(cell, SEED, 0, 60)
    const expected = judgesOf(cell).map((judge, j) => tally(judge, outcomes[j] ?? []))
    assert.equal(found[i]?.tallies, expected)
    assert.ok(expected.every(({ runs, events }) => runs === 60 && events > 0))
  }
})

repeatable('gives other results to another seed', () => {
  const cell = withJudges('errors 0.01 to 0.02 at 100/s, 0.1', ['oracle-1'])
  assert.equal(simulateRuns(cell, 'a', 0, 5), simulateRuns(cell, 'a', 0, 5))
  assert.not.equal(simulateRuns(cell, 'a', 0, 5), simulateRuns(cell, 'b', 0, 5))
})

repeatable.run()
