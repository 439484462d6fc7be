/*
 * Feeds the decoders of the plugin host with mutated sessions of a real client:
 *
 *     node test/fuzz/plugin-decoders.ts --inputs 1000000 [--seed name]
 *
 * Ends with 1 at the first input that does anything but decode or be refused.
 */
import { mutate } from './plugin-mutations.ts'
import { fuzzTargets } from './plugin-targets.ts'
import { runFuzz } from './run-fuzz.ts'

const targets = fuzzTargets().map((target) => ({ ...target, make: mutate.bind(undefined, target.corpus) }))
await runFuzz(targets, 'plugin')
