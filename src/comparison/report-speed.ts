import { formatCount, formatSeconds } from '../presentation/format-figures.ts'
import { drawFigure } from '../presentation/figure.ts'
import type { Markup } from '../presentation/markup.ts'
import { drawTimes } from './chart-times.ts'
import { formatRatio } from './format-number.ts'
import type { BatchSpeed, Speed } from './speed.ts'

/** Time per row of both models. */
export function drawSpeed({ batches, unbatched }: Speed, id: string): Markup {
  const sentences = batches.map(
    ({ rows, ratio }) => `With ${rowsOf(rows)} a run the candidate takes ${formatRatio(ratio)} stable's time`,
  )
  const caption = `${sentences.join('; ').replaceAll('; With', '; with')}. Both ran by turns in one process, on one thread.`
  return drawFigure({
    title: 'Time per row',
    legend: [],
    chart: drawTimes({
      id,
      title: 'Median time per row, stable above candidate',
      description: caption,
      panels: batches.map(({ rows, ratio, stable, canary }) => ({
        title: `${rowsOf(rows)} a run`,
        remark: formatRatio(ratio),
        bars: [
          { name: 'stable', style: 'stable', seconds: stable.median },
          { name: 'candidate', style: 'canary', seconds: canary.median },
        ],
      })),
      format: formatSeconds,
    }),
    caption: unbatched === null ? caption : `${caption} Larger batches were not timed: ${unbatched}.`,
    table: {
      caption: 'Time per row',
      columns: [
        { title: 'rows a run', kind: 'text' },
        { title: 'runs of each', kind: 'number' },
        { title: 'stable', kind: 'number' },
        { title: 'p95', kind: 'number' },
        { title: 'candidate', kind: 'number' },
        { title: 'p95', kind: 'number' },
        { title: 'ratio', kind: 'number' },
      ],
      rows: batches.map(speedRow),
    },
    wide: false,
  })
}

function speedRow({ rows, runs, stable, canary, ratio }: BatchSpeed): string[] {
  return [
    formatCount(rows),
    formatCount(runs),
    ...[stable.median, stable.p95, canary.median, canary.p95].map(formatSeconds),
    formatRatio(ratio),
  ]
}

function rowsOf(rows: number): string {
  return rows === 1 ? '1 row' : `${rows} rows`
}
