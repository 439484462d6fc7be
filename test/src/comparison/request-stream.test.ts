import { rejects } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readLines } from '../../../src/comparison/read-lines.ts'
import { countRequests, streamRequests } from '../../../src/comparison/request-stream.ts'
import { CLASSIFIER } from './builders.ts'

const lines = suite('readLines()')

lines('reads lines that end in line feeds, with or without carriage returns, the last one without', async () => {
  await withFile('a\r\n\nb', async (path) => {
    assert.equal(await all(readLines(path, 10)), ['a', '', 'b'])
  })
})

lines('shows the beginning of a line that is too long, wherever it stands', async () => {
  const long = 'x'.repeat(300_000)
  await withFile(`${long}\nshort\n${long}`, async (path) => {
    const found = await all(readLines(path, 100))
    assert.equal(
      found.map(({ length }) => length),
      [101, 5, 101],
    )
  })
})

lines.run()

const count = suite('countRequests()')

count('counts requests and their rows, JSON and CSV', async () => {
  await withFile('{"inputs":[1,2]}\n\n{"inputs":[[1,2],[3,4]]}\n', async (path) => {
    assert.equal(await countRequests(path, CLASSIFIER, 'the requests'), { requests: 2, rows: 3 })
  })
  await withFile('a,b\n1,2\n3,4\n', async (path) => {
    assert.equal(await countRequests(path, CLASSIFIER, 'the requests'), { requests: 2, rows: 2 })
  })
})

count('lists every fault with its line', async () => {
  await withFile('{"inputs":[1,2]}\n{"inputs":[1]}\n{"inputs":"a"}\nnonsense\n', async (path) => {
    await rejects(countRequests(path, CLASSIFIER, 'the requests'), (error: Error) => {
      assert.match(error.message, /^Cannot use the requests: 3 faults/)
      for (const place of ['line 2: inputs', 'line 3: inputs', 'line 4']) assert.match(error.message, place)
      return true
    })
  })
})

count('tells a fault of many lines once, so that it hides no other', async () => {
  await withFile(`${'{"inputs":[1]}\n'.repeat(500)}{"inputs":"a"}\n`, async (path) => {
    await rejects(countRequests(path, CLASSIFIER, 'the requests'), (error: Error) => {
      assert.match(error.message, /^Cannot use the requests: 2 faults/)
      assert.match(error.message, 'lines 1, 2, 3 and 497 more: inputs: expected a list of 2 numbers')
      assert.match(error.message, 'line 501: inputs')
      return true
    })
  })
})

count('refuses a file without requests, a missing one and lines that are too long', async () => {
  await withFile('\n\n', async (path) => {
    await rejects(countRequests(path, CLASSIFIER, 'the requests'), /expected at least one request, received none/)
  })
  await rejects(countRequests('/nowhere/requests.jsonl', CLASSIFIER, 'the requests'), /Cannot use the requests: ENOENT/)
  await withFile(`{"inputs":[${'1,'.repeat(600_000)}1]}\n`, async (path) => {
    await rejects(countRequests(path, CLASSIFIER, 'the requests'), /line 1: expected at most 1048576 characters/)
  })
})

count.run()

const stream = suite('streamRequests()')

stream('gives requests with their lines', async () => {
  await withFile('\n{"inputs":[1,2]}\n\n{"inputs":[[3,4],[5,6]]}\n', async (path) => {
    const found = await all(streamRequests(path, CLASSIFIER, 'the requests'))
    assert.equal(
      found.map(({ line, job }) => [line, job.rows]),
      [
        [2, 1],
        [4, 2],
      ],
    )
  })
})

stream('ends at the first fault of a file that has changed', async () => {
  await withFile('{"inputs":[1,2]}\n{"inputs":[1]}\n', async (path) => {
    await rejects(all(streamRequests(path, CLASSIFIER, 'the requests')), /^InputError: Cannot use the requests: line 2/)
  })
})

stream.run()

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

async function withFile(text: string, use: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-requests-'))
  try {
    const path = join(folder, 'requests')
    writeFileSync(path, text)
    await use(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
