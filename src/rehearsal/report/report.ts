import type { DecisionPolicy } from '#decision'
import { formatCount } from '../../presentation/format-figures.ts'
import type { RehearsalRecord } from '../record.ts'
import { drawCandidate } from './candidate.ts'
import { markup, type Markup } from '../../presentation/markup.ts'
import { drawOverview } from './overview.ts'
import { drawPolicy } from './policy.ts'
import { reportStyle } from '../../presentation/style.ts'

/** Where a report comes from; printed in it, so that a reader can repeat it. */
export interface ReportContext {
  /** modelgate's own version. */
  readonly version: string
  /** RFC 3339. */
  readonly generatedAt: string
  /** The command line as it was typed. */
  readonly command: string
  /** What decided, defaults filled in; the same for all candidates. */
  readonly policy: DecisionPolicy
}

/**
 * The report of one or several rehearsals as one HTML document that needs nothing else: no scripts, no other files, no
 * network. Charts are inline SVG, each with its numbers as a table. Every string from outside is escaped.
 *
 * @param records one per candidate, in the order of the report
 */
export function writeReport(records: readonly RehearsalRecord[], context: ReportContext): string {
  const rollouts = [...new Set(records.map(({ rollout }) => rollout))].join(', ')
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="generator" content="modelgate ${context.version}"><title>Rehearsal of ${rollouts}</title>
<style>${style()}</style></head>
<body><header><h1>Rehearsal of ${rollouts}</h1><p class="meta">${context.generatedAt} · modelgate ${context.version}</p></header>
<main>${drawOverview(records)}${explanation(context.policy)}${records.map((record, index) => drawCandidate(record, context.policy, index))}<section><h2>Policy</h2><details open><summary>What decided</summary>${drawPolicy(context.policy)}</details></section></main>
<footer><p>Made by <code>${withoutCredentials(context.command)}</code></p></footer></body></html>
`.markup
}

/** The style sheet has no value from outside in it. */
function style(): Markup {
  return { markup: reportStyle() }
}

function explanation({ falseAbort }: DecisionPolicy): Markup {
  const threshold = 1 / falseAbort
  return markup`<section><h2>How to read this</h2><p class="lead">Evidence is a factor that starts at 1 and grows when requests go worse for the canary than the policy tolerates; a canary that is no worse reaches ${formatCount(threshold)} in at most one of ${formatCount(threshold)} rollouts, however often one looks, and that is where it is aborted. A step is passed only when every signal has gathered evidence of the opposite, that the canary is no worse than its margin; tables give natural logarithms, so that ${formatCount(threshold)} reads ${Math.log(threshold).toFixed(1)} and 1 reads 0.</p></section>
`
}

/** A password in a URL on the command line is nobody else's to read. */
function withoutCredentials(command: string): string {
  return command.replace(/(:\/\/)[^/\s@]*@/g, '$1…@')
}
