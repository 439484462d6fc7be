import { rejects } from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readShadowToken } from '../../src/shadow-token.ts'
import { withFolder } from '../runtime/builders.ts'

const TOKEN = '0123456789abcdef'

const test = suite('readShadowToken()')

function readFrom(text: string): Promise<string> {
  return withFolder((folder) => {
    const path = join(folder, 'token')
    writeFileSync(path, text)
    return readShadowToken(path)
  })
}

test('leaves out the white space around a token', async () => {
  for (const text of [TOKEN, `${TOKEN}\n`, ` ${TOKEN}\r\n`]) assert.is(await readFrom(text), TOKEN)
})

test('refuses what is no token, and does not show it', async () => {
  for (const [text, fault] of [
    ['', /received 0 characters$/],
    ['hunter2', /received 7 characters$/],
    ['a secret of two words', /received 21 characters, some of them others$/],
    [`${TOKEN}\n${TOKEN}`, /received 33 characters, some of them others$/],
    ['x'.repeat(5_000), /expected at most 4096 bytes, received 5000$/],
  ] as const) {
    await rejects(readFrom(text), (error: Error) => {
      assert.is(error.name, 'InputError')
      assert.match(error.message, fault)
      assert.not.match(error.message, /hunter2|secret of|0123456789|xxx/)
      return true
    })
  }
})

test('refuses a file that cannot be read', async () => {
  await rejects(readShadowToken('/nowhere/token'), {
    name: 'InputError',
    message: /^Cannot use token "\/nowhere\/token"/,
  })
})

test.run()
