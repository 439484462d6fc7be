import { type Fault, InputError } from '#faults'

/** What a request is called in messages to its sender. */
export const REQUEST = 'the request'

/** Faults worth listing; whoever sends a thousand learns nothing from the rest. */
export const MAX_FAULTS = 20

/** @throws {InputError} where there are faults; it lists the first of them and the number of the others */
export function refuseFaults(faults: readonly Fault[]): void {
  if (faults.length === 0) return
  const rest = faults.length - MAX_FAULTS
  const shown = faults.slice(0, MAX_FAULTS)
  throw new InputError(REQUEST, rest > 0 ? [...shown, { path: '', text: `${rest} more faults` }] : shown)
}
