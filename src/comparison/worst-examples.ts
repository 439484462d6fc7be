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

/** What an example offers to be kept for. */
export interface Offer {
  readonly kind: ExampleKind
  /** What examples of one kind have in common, such as from which label to which they flip. */
  readonly group: string
  /** The larger, the worse among its group. */
  readonly severity: number
}

/** The worst examples of each kind and group, in bounded memory. */
export interface WorstExamples {
  /** @param describe called only for an example that may be kept */
  offer(offer: Offer, describe: () => WorstExample): void
  /** The worst of all groups in turn, so that many of one do not hide another; ordered by kind. */
  list(): WorstExample[]
}

const KINDS: readonly ExampleKind[] = ['error', 'form', 'notFinite', 'label', 'tolerance']
/** Further groups of a kind are kept together. */
const MAX_GROUPS = 64

interface Kept {
  readonly severity: number
  readonly inputs: string
  readonly example: WorstExample
}

/** @param most how many to list */
export function openWorstExamples(most: number): WorstExamples {
  const groups = new Map<string, { readonly kind: ExampleKind; readonly kept: Kept[] }>()

  function groupOf({ kind, group }: Offer) {
    const key = `${kind} ${group}`
    const name = groups.has(key) || groups.size < MAX_GROUPS ? key : kind
    const found = groups.get(name) ?? { kind, kept: [] }
    groups.set(name, found)
    return found.kept
  }

  return {
    offer(offer, describe) {
      const kept = groupOf(offer)
      const { severity } = offer
      if (kept.length === most && !(severity > (kept.at(-1)?.severity ?? Infinity))) return
      const example = describe()
      const inputs = JSON.stringify(example.inputs)
      // The same inputs again would teach nobody anything.
      if (kept.some((other) => other.inputs === inputs)) return
      // Of equals the first stays first: the list is then the same for the same file.
      const place = kept.findIndex((other) => other.severity < severity)
      kept.splice(place === -1 ? kept.length : place, 0, { severity, inputs, example })
      kept.length = Math.min(kept.length, most)
    },
    list() {
      const inOrder = [...groups.values()].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind))
      const turns = Array.from({ length: most }, (_, turn) => inOrder.flatMap(({ kept }) => kept[turn] ?? []))
      return turns
        .flat()
        .slice(0, most)
        .map(({ example }) => example)
        .sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind))
    },
  }
}
