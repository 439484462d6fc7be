export { InputError, parseInput, schemaFaults, type Fault } from './input-error.ts'
export { clip, showValue } from './show-value.ts'
