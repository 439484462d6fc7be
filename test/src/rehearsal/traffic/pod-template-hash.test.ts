import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { podTemplateHash } from '../../../../src/rehearsal/traffic/pod-template-hash.ts'

const test = suite('podTemplateHash()')

test('looks like a hash of Kubernetes', () => {
  for (let k = 0; k < 200; k++) {
    const digest = (BigInt(k) * 0x9e3779b97f4a7c15f39cc0605cedc835n).toString(16).padStart(64, 'a')
    assert.match(podTemplateHash(digest), /^[bcdfghjklmnpqrstvwxz2456789]{10}$/)
  }
})

test('depends on the content alone', () => {
  const digest = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  assert.is(podTemplateHash(digest), podTemplateHash(digest))
  assert.is.not(podTemplateHash(digest), podTemplateHash(`f${digest.slice(1)}`))
})

test.run()
