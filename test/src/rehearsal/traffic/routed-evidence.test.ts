import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Window } from '#decision'
import { routedEvidence } from '../../../../src/rehearsal/traffic/routed-evidence.ts'
import { RouterCounts } from '../../../../src/rehearsal/traffic/router-counts.ts'

const T0 = Date.UTC(2026, 0, 1)

function windowAt(seconds: number, arms: Pick<Window, 'canary' | 'stable'>): Window {
  return { at: new Date(T0 + seconds * 1_000).toISOString(), weight: 10, ...arms }
}

async function collect(windows: readonly Window[], counts: RouterCounts): Promise<readonly Window[]> {
  const source = { collect: () => Promise.resolve({ windows, notes: [] }) }
  return (await routedEvidence(source, counts).collect(T0, new AbortController().signal)).windows
}

const test = suite('routedEvidence()')

test('adds what the router lost to the window in which it was lost', async () => {
  const counts = new RouterCounts()
  counts.lose('canary', 'refused', T0 + 900)
  counts.lose('canary', 'refused', T0 + 1_001)
  counts.lose('stable', 'timeout', T0 + 1_500)
  const arms = { canary: { requests: 5, errors: 1 }, stable: { requests: 50, errors: 0, predictions: { a: 50 } } }
  const [first, second] = await collect([windowAt(1, arms), windowAt(2, arms)], counts)
  assert.equal(first?.canary, { requests: 6, errors: 2 })
  assert.equal(first?.stable, arms.stable)
  assert.equal(second?.canary, { requests: 6, errors: 2 })
  assert.equal(second?.stable, { requests: 51, errors: 1, predictions: { a: 50 } })
})

test('makes an arm of losses alone where no pod answered', async () => {
  const counts = new RouterCounts()
  for (let k = 0; k < 7; k++) counts.lose('canary', 'refused', T0 + 500)
  const [window] = await collect([windowAt(1, { stable: { requests: 50, errors: 0 } })], counts)
  assert.equal(window?.canary, { requests: 7, errors: 7 })
})

test('leaves windows without losses as they are', async () => {
  const window = windowAt(1, { stable: { requests: 50 } })
  assert.equal(await collect([window], new RouterCounts()), [window])
})

test.run()
