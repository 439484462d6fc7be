import { Buffer } from 'node:buffer'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TextCache } from '../../../rollouts/plugin/text-cache.ts'

const cache = suite('TextCache')

function find(texts: TextCache, text: string): string | undefined {
  const bytes = Buffer.from(`..${text}..`)
  return texts.find(bytes, 2, bytes.length - 2)
}

cache('finds a text by its bytes, wherever they lie', () => {
  const texts = new TextCache()
  assert.is(find(texts, 'Successful'), undefined)
  texts.keep('Successful')
  assert.is(find(texts, 'Successful'), 'Successful')
  assert.is(find(texts, 'Successfu'), undefined)
})

cache('finds no text with other than ASCII, whose length is not that of its bytes', () => {
  const texts = new TextCache()
  find(texts, 'é')
  texts.keep('é')
  assert.is(find(texts, 'é'), undefined)
})

cache('gives the right text or none when many share a place', () => {
  const texts = new TextCache()
  for (let index = 0; index < 5000; index += 1) {
    const text = `text-${index % 1500}`
    const found = find(texts, text)
    assert.ok(found === undefined || found === text)
    if (found === undefined) texts.keep(text)
  }
})

cache.run()
