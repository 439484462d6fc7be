import { rejects } from 'node:assert/strict'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shadowCandidates, type ModelCatalogue, type ServedModel } from '#runtime'
import { examplePath, irisSignature, withExample } from '../builders.ts'
import { irisRows } from './builders.ts'

/** A catalogue whose model is served from one of the examples. */
async function servedFrom(name: string): Promise<ServedModel> {
  const digest = await withExample(name, (model) => Promise.resolve(model.digest))
  const run = () => Promise.reject(new Error('the live model must not be asked'))
  return { name: 'iris', version: '1', digest, signature: irisSignature(), run }
}

function open(find: () => ServedModel | undefined, pathOf: () => string | undefined) {
  const faults: string[] = []
  const catalogue: ModelCatalogue = {
    find: (name = 'iris') => (name === 'iris' ? find() : undefined),
    list: () => [],
    stuckMs: () => 0,
  }
  const candidates = shadowCandidates({
    catalogue,
    pathOf: () => Promise.resolve(pathOf()),
    providers: ['cpu'],
    onFault: (error) => faults.push(String(error)),
  })
  return { candidates, faults }
}

const JOB = { feeds: [irisRows([5, 6])], rows: 2 }

const test = suite('shadowCandidates()')

test('runs a session of its own, whatever stable calls its model', async () => {
  const served = await servedFrom('iris/good')
  const { candidates } = open(
    () => served,
    () => examplePath('iris/good'),
  )
  const candidate = await candidates.find('another name')
  const [labels] = (await candidate?.run(JOB)) ?? []
  assert.equal(labels?.dims, [2])
  assert.is(await candidates.find('iris'), candidate)
  await candidates.close()
  await rejects(async () => candidate?.run(JOB), /draining|stopping/)
})

test('loads the new file when the model was exchanged', async () => {
  const names = ['iris/good', 'iris/swapped']
  const models = await Promise.all(names.map(servedFrom))
  let current = 0
  const { candidates } = open(
    () => models[current],
    () => examplePath(names[current]!),
  )
  const before = await candidates.find('iris')
  current = 1
  const after = await candidates.find('iris')
  assert.is.not(after, before)
  await rejects(async () => before?.run(JOB))
  await candidates.close()
})

test('has none while no model is ready, its file is gone, or the file is already another one', async () => {
  const served = await servedFrom('iris/good')
  const none = open(
    () => undefined,
    () => undefined,
  )
  assert.is(await none.candidates.find('iris'), undefined)
  const gone = open(
    () => served,
    () => undefined,
  )
  assert.is(await gone.candidates.find('iris'), undefined)
  const other = open(
    () => served,
    () => examplePath('iris/swapped'),
  )
  assert.is(await other.candidates.find('iris'), undefined)
  const broken = open(
    () => served,
    () => '/nowhere/model.onnx',
  )
  assert.is(await broken.candidates.find('iris'), undefined)
  assert.is(await broken.candidates.find('iris'), undefined)
  assert.is(broken.faults.length, 1)
  assert.match(broken.faults[0]!, 'Cannot use model')
})

test.run()
