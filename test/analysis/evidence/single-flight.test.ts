import { rejects } from 'node:assert/strict'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SingleFlight } from '../../../analysis/evidence/single-flight.ts'

const test = suite('SingleFlight.run()')

const patient = () => new AbortController().signal

test('makes one call for all who ask for the same while it is under way', async () => {
  const flights = new SingleFlight<number>()
  const { promise, resolve } = Promise.withResolvers<number>()
  let calls = 0
  const ask = () =>
    flights.run('a', patient(), () => {
      calls += 1
      return promise
    })
  const answers = Promise.all([ask(), ask(), ask()])
  resolve(7)
  assert.equal(await answers, [7, 7, 7])
  assert.is(calls, 1)
})

test('calls again once the call before has ended, well or not', async () => {
  const flights = new SingleFlight<number>()
  assert.is(await flights.run('a', patient(), () => Promise.resolve(1)), 1)
  await rejects(
    flights.run('a', patient(), () => Promise.reject(new Error('two'))),
    /two/,
  )
  assert.is(await flights.run('a', patient(), () => Promise.resolve(3)), 3)
})

test('keeps different keys apart', async () => {
  const flights = new SingleFlight<string>()
  const ask = (key: string) => flights.run(key, patient(), () => Promise.resolve(key))
  assert.equal(await Promise.all([ask('a'), ask('b')]), ['a', 'b'])
})

test('lets one caller go without disturbing the others, and aborts when the last one goes', async () => {
  const flights = new SingleFlight<number>()
  const [first, second] = [new AbortController(), new AbortController()]
  let inner: AbortSignal | undefined
  const never = (signal: AbortSignal) => {
    inner = signal
    return new Promise<number>(() => undefined)
  }
  const one = flights.run('a', first.signal, never)
  const two = flights.run('a', second.signal, never)
  first.abort(new Error('first has gone'))
  await rejects(one, /first has gone/)
  assert.is(inner?.aborted, false)
  second.abort(new Error('second has gone'))
  await rejects(two, /second has gone/)
  assert.is(inner?.aborted, true)
})

test('refuses a caller who has gone already', async () => {
  const flights = new SingleFlight<number>()
  await rejects(
    flights.run('a', AbortSignal.abort(new Error('gone')), () => Promise.resolve(1)),
    /gone/,
  )
})

test('calls anew after an aborted call that never ends', async () => {
  const flights = new SingleFlight<number>()
  const leaving = new AbortController()
  const one = flights.run('a', leaving.signal, () => new Promise<number>(() => undefined))
  leaving.abort(new Error('gone'))
  await rejects(one, /gone/)
  assert.is(await flights.run('a', patient(), () => Promise.resolve(2)), 2)
})

test.run()
