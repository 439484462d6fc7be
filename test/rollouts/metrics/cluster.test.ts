import { rejects } from 'node:assert/strict'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readCluster } from '#metrics'

const SIGNAL = new AbortController().signal

function cluster(answer: unknown) {
  const paths: string[] = []
  const read = (path: string) => {
    paths.push(path)
    return Promise.resolve(answer)
  }
  return { paths, ...readCluster(read) }
}

const rollout = suite('readCluster().rollout()')

rollout('reads the stable hash and the weights of the steps', async () => {
  const steps = [{ setWeight: 10 }, { analysis: {} }, { setWeight: 0 }, { pause: {} }]
  const { paths, ...found } = cluster({ spec: { strategy: { canary: { steps } } }, status: { stableRS: 'abc' } })
  assert.equal(await found.rollout('ml', 'iris', SIGNAL), { stableHash: 'abc', setWeights: [10, null, 0, null] })
  assert.equal(paths, ['/apis/argoproj.io/v1alpha1/namespaces/ml/rollouts/iris'])
})

rollout('turns weights out of maxTrafficWeight into percentages', async () => {
  const canary = { steps: [{ setWeight: 100 }, {}], trafficRouting: { maxTrafficWeight: 1_000, nginx: {} } }
  const { setWeights } = await cluster({ spec: { strategy: { canary } } }).rollout('ml', 'iris', SIGNAL)
  assert.equal(setWeights, [10, null])
})

rollout('has no stable hash before the first version is up', async () => {
  const answer = { spec: { strategy: { canary: {} } }, status: { stableRS: '' } }
  assert.is((await cluster(answer).rollout('ml', 'iris', SIGNAL)).stableHash, undefined)
})

rollout('keeps a name from changing the path', async () => {
  const { paths, ...found } = cluster({ spec: { strategy: {} } })
  await found.rollout('../..', 'a/b?c', SIGNAL)
  assert.equal(paths, ['/apis/argoproj.io/v1alpha1/namespaces/..%2F../rollouts/a%2Fb%3Fc'])
})

rollout('refuses an answer that is no Rollout, with the place', async () => {
  await rejects(cluster({ kind: 'Status' }).rollout('ml', 'iris', SIGNAL), /Rollout "ml\/iris": spec: expected object/)
})

rollout.run()

const runs = suite('readCluster().runs()')

function item(name: string, labels: Record<string, string>, owner = 'Rollout') {
  return {
    metadata: {
      name,
      namespace: 'ml',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { 'rollouts-pod-template-hash': 'abc', ...labels },
      annotations: { 'rollout.argoproj.io/revision': '3' },
      ownerReferences: [{ apiVersion: 'argoproj.io/v1alpha1', kind: owner, name: 'iris' }],
    },
    status: { phase: 'Running' },
  }
}

runs('lists the runs of a hash, without those that were made by hand', async () => {
  const items = [item('gate', { 'rollout-type': 'Step', 'step-index': '1' }), item('by-hand', {}, 'Job')]
  const { paths, ...found } = cluster({ items })
  assert.equal(await found.runs('ml', 'abc', SIGNAL), [
    { name: 'gate', revision: '3', type: 'step', stepIndex: 1, createdMs: Date.UTC(2026, 0, 1), phase: 'Running' },
  ])
  assert.match(paths[0] ?? '', /analysisruns\?labelSelector=rollouts-pod-template-hash%3Dabc&limit=\d+$/)
})

runs('takes a run that has no status yet', async () => {
  const { metadata } = item('guard', { 'rollout-type': 'Background' })
  assert.equal(
    (await cluster({ items: [{ metadata }] }).runs('ml', 'abc', SIGNAL)).map(({ phase, type }) => [phase, type]),
    [['', 'background']],
  )
})

runs.run()
