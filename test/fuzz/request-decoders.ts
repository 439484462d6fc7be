/*
 * Feeds the decoders of the model server with mutated requests:
 *
 *     node test/fuzz/request-decoders.ts --inputs 1000000 [--seed name]
 *
 * Ends with 1 at the first input that does anything but decode or be refused.
 */
import { requestTargets } from './request-targets.ts'
import { runFuzz } from './run-fuzz.ts'

await runFuzz(requestTargets(), 'requests')
