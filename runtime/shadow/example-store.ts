import { exampleKey, type ShadowExample } from './shadow-tally.ts'

/** Kept of one kind, so that the commonest flip does not crowd out the others. */
const MAX_ALIKE = 5

/** Examples that people look at; bounded, the first ones of each kind. */
export interface ExampleStore {
  add(examples: readonly ShadowExample[]): void
  list(): readonly ShadowExample[]
}

/** @param maxExamples kept in all; 0 keeps none */
export function exampleStore(maxExamples: number): ExampleStore {
  const kept: ShadowExample[] = []
  const alike = new Map<string, number>()
  return {
    add(examples) {
      for (const example of examples) {
        if (kept.length >= maxExamples) return
        const key = exampleKey(example)
        const count = alike.get(key) ?? 0
        if (count >= MAX_ALIKE) continue
        alike.set(key, count + 1)
        kept.push(example)
      }
    },
    list: () => [...kept],
  }
}
