import { exampleKey, type ShadowExample } from './shadow-tally.ts'

/** Kept of one kind, so that the commonest flip does not crowd out the others. */
const MAX_ALIKE = 5

/** Examples that people look at; bounded, the first ones of each kind. An input that comes again is kept once. */
export interface ExampleStore {
  add(examples: readonly ShadowExample[]): void
  list(): readonly ShadowExample[]
}

/** @param maxExamples kept in all; 0 keeps none */
export function exampleStore(maxExamples: number): ExampleStore {
  const kept: ShadowExample[] = []
  const alike = new Map<string, number>()
  const seen = new Set<string>()
  return {
    add(examples) {
      for (const example of examples) {
        if (kept.length >= maxExamples) return
        const key = exampleKey(example)
        const count = alike.get(key) ?? 0
        if (count >= MAX_ALIKE) continue
        const content = example.inputs === null ? undefined : JSON.stringify([key, example.inputs])
        if (content !== undefined) {
          if (seen.has(content)) continue
          seen.add(content)
        }
        alike.set(key, count + 1)
        kept.push(example)
      }
    },
    list: () => [...kept],
  }
}
