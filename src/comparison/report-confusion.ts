import { formatCount } from '../presentation/format-figures.ts'
import { drawFigure } from '../presentation/figure.ts'
import type { Markup } from '../presentation/markup.ts'
import { drawHeatMap } from './chart-heat-map.ts'
import { flipsOf, type Confusion } from './confusion.ts'

/** Above so many classes those that flip least are left out of the picture. */
const MAX_CLASSES_SHOWN = 15
const MAX_ROWS = 100

/** Stable's classes against the candidate's, as a heat map. */
export function drawConfusion(confusion: Confusion, id: string): Markup {
  const shown = mostFlipped(confusion)
  const flips = flipsOf(confusion)
  const total = flips.reduce((sum, { count }) => sum + count, 0)
  const [most] = flips
  const caption =
    most === undefined
      ? `Every input has the same ${confusion.output} from both models.`
      : `${formatCount(total)} flipped, ${formatCount(most.count)} of them from ${most.stable} to ${most.canary}. A cell is the deeper, the larger its share of its row.`
  const left = confusion.classes.length - shown.classes.length
  return drawFigure({
    title: `Classes by ${confusion.output}`,
    legend: [
      { name: 'the same', style: 'same' },
      { name: 'another', style: 'other' },
    ],
    chart: drawHeatMap({
      ...shown,
      id,
      title: 'How often each label of stable met each label of the candidate',
      description: caption,
      rowTitle: 'stable',
      columnTitle: 'candidate',
      format: formatCount,
    }),
    caption: left === 0 ? caption : `${caption} ${formatCount(left)} classes with the fewest flips are not shown.`,
    table: {
      caption: 'Labels that flipped, most frequent first',
      columns: [
        { title: 'stable', kind: 'text' },
        { title: 'candidate', kind: 'text' },
        { title: 'inputs', kind: 'number' },
      ],
      rows: flips.slice(0, MAX_ROWS).map(({ stable, canary, count }) => [stable, canary, formatCount(count)]),
    },
    wide: false,
  })
}

/** The classes with the most flips, in their own order. */
function mostFlipped({ classes, counts }: Confusion): Pick<Confusion, 'classes' | 'counts'> {
  if (classes.length <= MAX_CLASSES_SHOWN) return { classes, counts }
  const places = classes.map((_, i) => i)
  const flips = places.map((i) => places.reduce((sum, j) => sum + (i === j ? 0 : counts[i]![j]! + counts[j]![i]!), 0))
  const kept = places
    .toSorted((a, b) => flips[b]! - flips[a]! || a - b)
    .slice(0, MAX_CLASSES_SHOWN)
    .sort((a, b) => a - b)
  return { classes: kept.map((i) => classes[i]!), counts: kept.map((i) => kept.map((j) => counts[i]![j]!)) }
}
