import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requestTargets } from '../../fuzz/request-targets.ts'
import { takeOne } from '../../fuzz/run-fuzz.ts'

const mutated = suite('mutated requests')

const INPUTS = 1_000

for (const target of requestTargets()) {
  mutated(`are decoded or refused, and nothing else: ${INPUTS} ${target.name}`, () => {
    let refused = 0
    for (let index = 0; index < INPUTS; index += 1) refused += takeOne(target, 'unit', index).refused ? 1 : 0
    assert.ok(refused > INPUTS / 10, `${refused} refused`)
    assert.ok(refused < INPUTS, 'none was decoded')
  })
}

mutated.run()
