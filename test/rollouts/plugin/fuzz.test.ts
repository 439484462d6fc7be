import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mutate } from '../../fuzz/plugin-mutations.ts'
import { fuzzTargets } from '../../fuzz/plugin-targets.ts'
import { Random } from '../../support/random.ts'
import { settle } from './support/host.ts'

const INPUTS_PER_SHARE = 500
const SEED = 'plugin-short'

const fuzz = suite('plugin decoders')

for (const target of fuzzTargets()) {
  const inputs = INPUTS_PER_SHARE * target.share
  fuzz(`take ${inputs} mutated inputs for ${target.name} of seed '${SEED}', or refuse them`, async () => {
    let refused = 0
    for (let index = 0; index < inputs; index += 1) {
      const random = new Random(`${SEED}/${target.name}/${index}`)
      if (target.take(mutate(target.corpus, random), random)) refused += 1
      if (index % 100 === 0) await settle()
    }
    await settle()
    assert.ok(refused > 0 && refused < inputs, `${refused} of ${inputs} refused`)
  })
}

fuzz.run()
