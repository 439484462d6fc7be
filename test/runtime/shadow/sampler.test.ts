import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shadowSampler } from '#runtime'
import { feedsFingerprint, textFingerprint } from '../../../runtime/shadow/fingerprint.ts'
import { Random } from '../../support/random.ts'
import { tensor } from '../builders.ts'

const REQUESTS = 20_000

function request(random: Random, headers: Readonly<Record<string, string>> = {}) {
  const feeds = [
    tensor(
      'float32',
      [1, 4],
      Array.from({ length: 4 }, () => Math.round(random.uniform() * 80) / 10),
    ),
  ]
  return { job: { feeds, rows: 1 }, headers }
}

const sampler = suite('shadowSampler()')

for (const share of [0.1, 0.5, 0.9]) {
  sampler(`takes a share of ${share} of inputs that differ`, () => {
    const random = new Random('inputs')
    const isSampled = shadowSampler({ share, salt: '', idHeader: undefined })
    let taken = 0
    for (let i = 0; i < REQUESTS; i += 1) if (isSampled(request(random))) taken += 1
    const deviation = Math.sqrt(REQUESTS * share * (1 - share))
    assert.ok(Math.abs(taken - REQUESTS * share) < 5 * deviation, `${taken} of ${REQUESTS}`)
  })
}

sampler('decides alike for equal inputs, otherwise with another salt', () => {
  const one = shadowSampler({ share: 0.5, salt: '', idHeader: undefined })
  const two = shadowSampler({ share: 0.5, salt: '', idHeader: undefined })
  const salted = shadowSampler({ share: 0.5, salt: 'x', idHeader: undefined })
  const random = new Random('salt')
  const requests = Array.from({ length: 1_000 }, () => request(random))
  assert.equal(requests.map(one), requests.map(two))
  const changed = requests.filter((each) => one(each) !== salted(each)).length
  assert.ok(changed > 400 && changed < 600, `${changed} of 1000`)
})

sampler('goes by an identifier where there is one', () => {
  const isSampled = shadowSampler({ share: 0.2, salt: '', idHeader: 'x-request-id' })
  const same = request(new Random('same'))
  const taken = Array.from({ length: 5_000 }, (_, id) => isSampled({ ...same, headers: { 'x-request-id': `${id}` } }))
  const count = taken.filter(Boolean).length
  assert.ok(count > 850 && count < 1_150, `${count} of 5000`)
  assert.is(isSampled(same), isSampled({ ...same, headers: { 'x-request-id': '' } }))
})

sampler('takes all and none without looking', () => {
  const blind = { job: { feeds: [], rows: 1 }, headers: {} }
  assert.is(shadowSampler({ share: 1, salt: '', idHeader: undefined })(blind), true)
  assert.is(shadowSampler({ share: 0, salt: '', idHeader: undefined })(blind), false)
})

for (const share of [-0.1, 1.1, Number.NaN]) {
  sampler(`refuses a share of ${share}`, () => {
    assert.throws(
      () => shadowSampler({ share, salt: '', idHeader: undefined }),
      /^Cannot sample requests: share has to be from 0 to 1, received/,
    )
  })
}

sampler.run()

const fingerprint = suite('feedsFingerprint()')

fingerprint('tells inputs apart by each element, dimension and text', () => {
  const prints = [
    feedsFingerprint([tensor('float32', [1, 4], [1, 2, 3, 4])], ''),
    feedsFingerprint([tensor('float32', [1, 4], [1, 2, 3, 5])], ''),
    feedsFingerprint([tensor('float32', [4, 1], [1, 2, 3, 4])], ''),
    feedsFingerprint([tensor('string', [2], ['ab', 'c'])], ''),
    feedsFingerprint([tensor('string', [2], ['a', 'bc'])], ''),
    textFingerprint('ab'),
  ]
  assert.is(new Set(prints).size, prints.length)
})

fingerprint('reads both ends of a large tensor and no more', () => {
  const values = Array.from({ length: 10_000 }, () => 1)
  const print = (change: number) => {
    const changed = values.with(change, 2)
    return feedsFingerprint([tensor('float32', [1, 10_000], changed)], '')
  }
  const unchanged = feedsFingerprint([tensor('float32', [1, 10_000], values)], '')
  assert.is.not(print(0), unchanged)
  assert.is.not(print(9_999), unchanged)
  assert.is(print(5_000), unchanged)
})

fingerprint.run()
