import type { DifferenceKind } from '#runtime'

/** What is wrong with an example: the canary failed, or its answer differs. */
export type ExampleKind = 'error' | DifferenceKind

/** One request, row by row, with both answers. Values are as JSON would show them, long ones cut. */
export interface WorstExample {
  readonly kind: ExampleKind
  /** Line of the request file, from 1. */
  readonly line: number
  /** Row within the request, from 0. */
  readonly row: number
  readonly inputs: Readonly<Record<string, unknown>>
  /** By output; null where the model failed. */
  readonly stable: Readonly<Record<string, unknown>> | null
  readonly canary: Readonly<Record<string, unknown>> | null
  readonly reasons: readonly string[]
}

/** The worst examples of each kind, in bounded memory. */
export interface WorstExamples {
  /** @param describe called only for an example that is kept */
  offer(kind: ExampleKind, severity: number, describe: () => WorstExample): void
  /** The worst of all kinds in turn, so that many of one kind do not hide another. */
  list(): WorstExample[]
}

const KINDS: readonly ExampleKind[] = ['error', 'form', 'notFinite', 'label', 'tolerance']

interface Kept {
  readonly severity: number
  readonly example: WorstExample
}

/** @param most how many to list */
export function openWorstExamples(most: number): WorstExamples {
  const kept = new Map<ExampleKind, Kept[]>(KINDS.map((kind) => [kind, []]))

  return {
    offer(kind, severity, describe) {
      const list = kept.get(kind)!
      if (list.length === most && !(severity > (list.at(-1)?.severity ?? Infinity))) return
      // Of equals the first stays first: the list is then the same for the same file.
      const place = list.findIndex((other) => other.severity < severity)
      list.splice(place === -1 ? list.length : place, 0, { severity, example: describe() })
      list.length = Math.min(list.length, most)
    },
    list() {
      const turns = Array.from({ length: most }, (_, turn) => KINDS.flatMap((kind) => kept.get(kind)![turn] ?? []))
      return turns
        .flat()
        .slice(0, most)
        .map(({ example }) => example)
        .sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind))
    },
  }
}
