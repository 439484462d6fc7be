import type { Results } from '../results.ts'
import type { CellResult } from '../simulate.ts'
import { rateOf, type Tally } from '../tally.ts'
import { TABLES } from './tables.ts'
import { dotChart, type Dot, type Mark, type Series } from './dot-chart.ts'

/** One hue per role: ours blue and green, oracles grey, today's rules warm. All differ in brightness too. */
const GATE_LOOKS = [
  { mark: 'disc', colour: '#1f5fd0', shift: -3.5 },
  { mark: 'square', colour: '#0a8a6a', shift: 3.5 },
] as const
const ORACLE_LOOKS = [
  { mark: 'triangle', colour: '#39414d' },
  { mark: 'diamond', colour: '#39414d' },
  { mark: 'cross', colour: '#39414d' },
] as const
const RULE_LOOKS: readonly { readonly mark: Mark; readonly colour: string }[] = [
  { mark: 'ring', colour: '#d9730d' },
  { mark: 'diamond', colour: '#d9730d' },
  { mark: 'ring', colour: '#b83280' },
  { mark: 'diamond', colour: '#b83280' },
  { mark: 'cross', colour: '#8a6d00' },
  { mark: 'triangle', colour: '#8a6d00' },
  { mark: 'cross', colour: '#7a4a2b' },
]

const RATE_CHARTS = [
  { file: 'errors.svg', tables: ['errors', 'drifting'], title: 'False aborts: error rate, canary equal to stable' },
  { file: 'latency.svg', tables: ['latency'], title: 'False aborts: latency, canary equal to stable' },
  {
    file: 'predictions.svg',
    tables: ['equal predictions'],
    title: 'False aborts: predictions, canary equal to stable',
  },
  { file: 'tolerated-drift.svg', tables: ['tolerated drift'], title: 'False aborts: PSI 0.19 where 0.2 is allowed' },
  { file: 'shadow.svg', tables: ['shadow'], title: 'False aborts: disagreement within the limit of 1 %' },
  { file: 'whole-gate.svg', tables: ['whole gate'], title: 'False aborts: all signals under one budget' },
  { file: 'stress.svg', tables: ['stress, 3 h'], title: 'False aborts under stress, 3 h of history' },
] as const

const DELAY_CHARTS = [
  {
    file: 'error-delays.svg',
    tables: ['error delays'],
    title: 'Requests until a higher error rate is aborted',
    counted: 'canary requests',
  },
  {
    file: 'latency-delays.svg',
    tables: ['latency delays'],
    title: 'Requests until a slower canary is aborted',
    counted: 'canary requests',
  },
  {
    file: 'prediction-delays.svg',
    tables: ['shift delays', 'index delays'],
    title: 'Requests until drift is aborted',
    counted: 'canary requests',
  },
  {
    file: 'shadow-delays.svg',
    tables: ['shadow delays'],
    title: 'Pairs until disagreement is aborted',
    counted: 'pairs',
  },
] as const

/** File name and content of every chart for which there are results. */
export function renderCharts({ cells }: Results): [name: string, svg: string][] {
  const charts: [string, string][] = []
  for (const { file, tables, title } of RATE_CHARTS) {
    const shown = cellsOf(cells, tables)
    if (shown.length > 0) charts.push([file, rateChart(title, shown)])
  }
  for (const { file, tables, title, counted } of DELAY_CHARTS) {
    const shown = cellsOf(cells, tables)
    if (shown.length > 0) charts.push([file, delayChart(title, counted, shown)])
  }
  return charts
}

function cellsOf(cells: readonly CellResult[], tables: readonly string[]): CellResult[] {
  return cells.filter(({ table }) => tables.includes(table))
}

function rateChart(title: string, cells: readonly CellResult[]): string {
  return dotChart({
    title,
    axisTitle: 'rollouts aborted, % (line: upper 95 % limit)',
    series: seriesOf(cells),
    rows: cells.map((cell) => ({ name: rowName(cell), dots: cell.tallies.map(rateDot) })),
    decades: [-2, 2],
    tick: (value) => `${value} %`,
    zeroLabel: '0',
    goal: { value: 1, name: 'budget 1 %' },
  })
}

function rateDot(result: Tally): Dot {
  const { rate, upper } = rateOf(result)
  return { series: result.judge, value: 100 * rate, ...(result.kind === 'gate' && { until: 100 * upper }) }
}

function delayChart(title: string, counted: string, cells: readonly CellResult[]): string {
  return dotChart({
    title,
    axisTitle: `median ${counted} until the abort`,
    series: seriesOf(cells).filter(({ name }) =>
      cells.some((cell) => cell.tallies.some((t) => t.judge === name && t.kind !== 'rule')),
    ),
    rows: cells.map((cell) => ({
      name: rowName(cell),
      dots: cell.tallies.map(({ judge, medianCount }) => ({ series: judge, value: medianCount ?? Infinity })),
    })),
    decades: [1, 5],
    tick: (value) => value.toLocaleString('en-US'),
    beyondLabel: 'not found',
  })
}

function seriesOf(cells: readonly CellResult[]): Series[] {
  const seen = new Map<string, Tally['kind']>()
  const tallies = cells.flatMap((cell) => cell.tallies)
  const ours = tallies.filter(({ kind }) => kind === 'gate').sort((a, b) => a.judge.localeCompare(b.judge))
  for (const { judge, kind } of [...ours, ...tallies]) seen.set(judge, kind)
  const used = { gate: 0, rule: 0, oracle: 0 }
  const looks = { gate: GATE_LOOKS, rule: RULE_LOOKS, oracle: ORACLE_LOOKS }
  const series = [...seen].map(([name, kind]) => ({ name, kind, ...looks[kind][used[kind]++ % looks[kind].length]! }))
  const order = ['gate', 'oracle', 'rule']
  return series.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
}

/** Bare numbers and percentages get their meaning from the table's heading. */
function rowName({ table, row }: CellResult): string {
  const labels = TABLES.find(({ id }) => id === table)?.labels ?? []
  return row.map((text, i) => (/^[\d.]+( %)?$/.test(text) ? `${text} ${labels[i] ?? ''}` : text)).join(', ')
}
