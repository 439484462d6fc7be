import { formatCount } from '#decision'
import type { Tolerances } from '#runtime'
import type { AnswerComparison } from './record.ts'

/**
 * What a reader has to know to read the figures right, one sentence each.
 *
 * @param expected how many requests the file holds
 * @param tolerances that were named, by output
 */
export function notesOf(answers: AnswerComparison, expected: number, tolerances: Tolerances): string[] {
  const { stopped, requests, noise, pairs, bothErrors, stableOnlyErrors } = answers
  const unanswered = bothErrors + stableOnlyErrors
  return [
    ...(stopped === null ? [] : [`Stopped after ${requests} of ${expected} requests: ${stopped}.`]),
    ...(noise !== null && noise.disagreements > 0
      ? [`Stable disagrees with itself on ${noise.disagreements} of ${noise.pairs} inputs: it is not deterministic.`]
      : []),
    ...(unanswered === 0
      ? []
      : [
          `Stable failed on ${formatCount(unanswered)} of ${formatCount(pairs)} inputs: there is nothing to compare on them, and they count as no disagreement.`,
        ]),
    ...(answers.disagreements === 0 ? [] : readings(answers, tolerances)),
  ]
}

/** How outputs were taken that nobody said anything about, where that decided. */
function readings({ outputs, labelFlips }: AnswerComparison, tolerances: Tolerances): string[] {
  return Object.entries(outputs).flatMap(([name, { role, tolerance, different }]) => {
    if (role === 'scores' && labelFlips > 0) {
      return `No output is a label, so the highest number of '${name}' is taken for a class. If its numbers are no scores, ${HOW}.`
    }
    if (role !== 'number' || tolerance === null || different === 0 || tolerances.has(name)) return []
    const { absolute, relative } = tolerance
    return `No tolerance is named for '${name}', so its numbers may move by ${absolute} + ${relative} × |stable| only. For another one, ${HOW}.`
  })
}

const HOW = "name a tolerance for it under 'signals.shadow.tolerances' of the policy"
