import { decisionPolicyShape, formatDuration, type DecisionPolicy } from '#decision'
import { drawTable } from '../../presentation/figure.ts'
import { markup, type Markup } from '../../presentation/markup.ts'

/** Keys whose values are milliseconds once they have been read. */
const DURATIONS: ReadonlySet<string> = new Set(['signals.latency.max', 'step.soak', 'step.deadline'])

/**
 * The deciding keys of a policy with every default filled in, one a line. A policy from a file may have more keys, which say
 * where evidence comes from; they may hold credentials and stay out of the report.
 */
export function drawPolicy(policy: DecisionPolicy): Markup {
  const deciding = Object.fromEntries(Object.entries(policy).filter(([key]) => Object.hasOwn(decisionPolicyShape, key)))
  return drawTable({
    caption: 'Every key with its value, defaults included',
    columns: [
      { title: 'key', kind: 'text' },
      { title: 'value', kind: 'text' },
    ],
    rows: entriesOf(deciding, '').map(([path, value]) => [markup`<code>${path}</code>`, markup`<code>${value}</code>`]),
  })
}

function entriesOf(value: object, path: string): [path: string, text: string][] {
  return Object.entries(value).flatMap(([key, entry]: [string, unknown]): [string, string][] => {
    const place = path === '' ? key : `${path}.${key}`
    if (typeof entry === 'object' && entry !== null) return entriesOf(entry, place)
    if (entry === undefined) return []
    if (typeof entry === 'number' && DURATIONS.has(place)) return [[place, formatDuration(entry)]]
    return [[place, typeof entry === 'string' ? entry : JSON.stringify(entry)]]
  })
}
