import type { Results } from '../results.ts'
import type { CellResult } from '../simulate.ts'
import { rateOf, type Tally } from '../tally.ts'
import { percent } from '../cells/plans.ts'
import { TABLES, type TableText } from './tables.ts'

const GOALS = { 'false aborts': 0.01, 'false promotions': 0.05 } as const

const PARTS = [
  {
    shows: 'false aborts',
    heading: 'False aborts',
    text: 'How often a canary that is no worse than allowed is aborted, over all looks of the rollout. For the gate the upper 95 % limit is in brackets; where that limit is above the budget of 1 %, the cell says so. The other columns are rules in use today, on the same simulated traffic.',
  },
  {
    shows: 'delays',
    heading: 'Delays',
    text: 'Median / 90th percentile in seconds until the abort and, in brackets, the median of canary requests by then. ∞: fewer of the rollouts of 40 minutes found it; a percentage: the share that did where that is less than half. Oracle-1 is a sequential probability ratio test that knows both versions exactly; oracle-2 knows how they differ but, as the gate, not stable itself; the tolerant oracle knows that too and tests the tolerance of the default profile. All have the same budget of 1 %.',
  },
  {
    shows: 'false promotions',
    heading: 'Promotion',
    text: 'A canary is promoted when it is proved to be below its margin, with a chance of at most 5 % per step if it is not.',
  },
] as const

/** The whole document in Markdown. */
export function renderReport(results: Results): string {
  const sections = PARTS.flatMap(({ shows, heading, text }) => {
    const tables = TABLES.filter((table) => partOf(table) === shows).flatMap((table) => renderTable(table, results))
    return tables.length === 0 ? [] : [`## ${heading}`, text, ...tables]
  })
  return `${[...renderHead(results), ...sections, ...renderClosing()].join('\n\n')}\n`
}

/** All judges of a table: ours first in the order of their names, then the others as they come. */
function judgesIn(cells: readonly CellResult[]): string[] {
  const tallies = cells.flatMap((cell) => cell.tallies)
  const ours = tallies.filter(({ kind }) => kind === 'gate').map(({ judge }) => judge)
  return [...new Set([...ours.sort(), ...tallies.map(({ judge }) => judge)])]
}

/** Delays of promotions stand beside the false ones. */
function partOf({ id, shows }: TableText): TableText['shows'] {
  return id === 'promotions' ? 'false promotions' : shows
}

function renderHead(results: Results): string[] {
  return [
    '# Calibration',
    'How often the gate is wrong and how late it is, measured by simulating rollouts whose truth is known. All figures come from one seeded program that anybody can run again:',
    '```\nmake calibrate\n```',
    `Seed \`${results.seed}\`. The same seed gives the same figures, whatever the number of processors. The figures behind tables and charts are in [calibration/results.json](calibration/results.json).`,
    'A rate counts as shown to be within its budget when its upper 95 % limit (Clopper-Pearson, one-sided) is not above it: 1 % for false aborts over a whole rollout, 5 % for a false promotion of a step.',
    renderSummary(results),
  ]
}

/** The claims of the gate, each with the tables that test it and the profile it is made for. */
const CLAIMS: readonly { readonly claim: string; readonly tables: readonly string[]; readonly judge?: string }[] = [
  {
    claim: 'False aborts, independent requests, canary equal to stable or within the tolerance',
    tables: ['errors', 'drifting', 'latency', 'equal predictions', 'tolerated drift', 'shadow', 'edges', 'whole gate'],
  },
  ...[3, 1, 0].flatMap((hours) =>
    ['default', 'strict'].map((judge) => ({
      claim: `False aborts, requests not independent, ${hours === 0 ? 'no' : `${hours} h of`} history, ${judge}`,
      tables: [`stress, ${hours} h`],
      judge,
    })),
  ),
  { claim: 'False promotions, canary exactly at the margin', tables: ['false promotions'] },
]

function renderSummary({ cells }: Results): string {
  const rows = CLAIMS.flatMap(({ claim, tables, judge }) => {
    const found = cells
      .filter(({ table }) => tables.includes(table))
      .flatMap(({ table, tallies }) => tallies.map((one) => ({ one, goal: goalOf(table) ?? 0 })))
      .filter(({ one }) => one.kind === 'gate' && (judge === undefined || one.judge === judge))
    if (found.length === 0) return []
    const met = found.filter(({ one, goal }) => standing(one, goal) === 'met').length
    const worst = Math.max(...found.map(({ one }) => rateOf(one).rate))
    return [`| ${claim} | ${met} of ${found.length} | ${roundPercent(worst)} |`]
  })
  return ['| claim | rates shown to be within the budget | highest rate |', '| --- | ---: | ---: |', ...rows].join('\n')
}

function goalOf(table: string): number | undefined {
  const shows = TABLES.find(({ id }) => id === table)?.shows
  return shows === undefined || shows === 'delays' ? undefined : GOALS[shows]
}

function renderTable(table: TableText, results: Results): string[] {
  const cells = results.cells.filter((cell) => cell.table === table.id)
  if (cells.length === 0) return []
  const judges = judgesIn(cells)
  const compared = table.shows === 'delays' ? comparisons(judges) : []
  const header = [...table.labels, ...judges, ...compared.map(({ heading }) => heading)]
  const lines = cells.map((cell) => [
    ...cell.row,
    ...judges.map((judge) => describe(cell, judge, table)),
    ...compared.map(({ ours, oracle }) => ratioOf(cell, ours, oracle)),
  ])
  const rule = header.map((_, i) => (i < table.labels.length ? '---' : '---:'))
  const text = [header, rule, ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n')
  const charts = table.charts.map((file) => `![${table.heading}](calibration/${file})`)
  return [`### ${table.heading}`, `${table.intro} ${describeRuns(cells)}`, text, ...charts]
}

function describeRuns(cells: readonly CellResult[]): string {
  const most = new Set<number>()
  const fewer = new Set<number>()
  const always = new Set<string>()
  for (const { tallies } of cells) {
    const runs = Math.max(...tallies.map((one) => one.runs))
    most.add(runs)
    for (const one of tallies) {
      if (one.runs === runs) always.add(one.judge)
      else fewer.add(one.runs)
    }
  }
  const all = `${[...most].sort((a, b) => a - b).join(' or ')} rollouts per row`
  return fewer.size === 0
    ? `${all}.`
    : `${all} for “${[...always].join('”, “')}”, the first ${[...fewer].join(' or ')} of them in the other columns.`
}

function describe(cell: CellResult, judge: string, { shows }: TableText): string {
  const found = cell.tallies.find((t) => t.judge === judge)
  if (found === undefined) return ''
  if (shows === 'delays') return describeDelay(found)
  return found.kind === 'gate' ? describeRate(found, GOALS[shows]) : roundPercent(rateOf(found).rate)
}

function describeRate(found: Tally, goal: number): string {
  const { rate, upper } = rateOf(found)
  const text = `${roundPercent(rate)} (≤ ${roundPercent(upper)})`
  switch (standing(found, goal)) {
    case 'met':
      return text
    case 'open':
      return `**${text}, not shown to be within ${percent(goal)}**`
    case 'missed':
      return `**${text}, above ${percent(goal)}**`
  }
}

function standing(found: Tally, goal: number): 'met' | 'open' | 'missed' {
  const { rate, upper } = rateOf(found)
  if (upper <= goal) return 'met'
  return rate <= goal ? 'open' : 'missed'
}

function describeDelay({ medianMs, p90Ms, medianCount, events, runs }: Tally): string {
  if (medianMs === null || medianCount === null) return roundPercent(events / runs)
  const p90 = p90Ms === null ? '∞' : String(p90Ms / 1_000)
  return `${medianMs / 1_000} / ${p90} (${medianCount.toLocaleString('en-US')})`
}

interface Comparison {
  readonly heading: string
  readonly ours: string
  readonly oracle: string
}

/** Each of our judges beside the best oracle that tests the same claim. */
function comparisons(judges: readonly string[]): Comparison[] {
  const pairs = [
    ['strict', 'oracle-2'],
    ['default', 'oracle-2, tolerant'],
    ['equality', 'oracle-2'],
    ['PSI ≤ 0.2', 'oracle-2, tolerant'],
    ['gate', 'oracle-1'],
  ] as const
  return pairs
    .filter(([ours, oracle]) => judges.includes(ours) && judges.includes(oracle))
    .map(([ours, oracle]) => ({ heading: `${ours} : ${oracle}`, ours, oracle }))
}

function ratioOf({ tallies }: CellResult, ours: string, oracle: string): string {
  const [mine, best] = [ours, oracle].map((name) => tallies.find(({ judge }) => judge === name)?.medianCount)
  return typeof mine !== 'number' || typeof best !== 'number' ? '' : (mine / best).toFixed(2)
}

function roundPercent(rate: number): string {
  const value = 100 * rate
  if (value === 0 || value === 100) return `${value} %`
  return `${value < 10 ? value.toFixed(2) : value.toFixed(1)} %`
}

function renderClosing(): string[] {
  return [
    '## How it is simulated',
    [
      '- Requests arrive at random (Poisson), canary and stable by themselves, so the observed split varies as it does in life. Counts are drawn from their exact distributions.',
      '- One random stream per cell and rollout (xoshiro128**, seeded by name): a cell can be run alone and gives the same figures.',
      '- The gate judges as a guard does: it goes on through all looks, which gives it the most chances for a false abort. “default” tolerates 1.25 times stable’s error rate and 1.05 times its response times, “strict” tolerates nothing.',
      '- Thresholds and ratios are taken over the last minute at every look, as `rate(…[1m])` would; an analysis fails when more measurements than `failureLimit` have failed. Tests use all requests so far, at every look. Mann-Whitney is an emulation of Kayenta’s classifier on values per minute (98 % interval, at least 5 points).',
      '- Stress: clusters have geometric sizes with mean 5; outages of 5 s hit all pods every 10 minutes on average and fail half of the requests; wandering levels are AR(1) processes (Ornstein-Uhlenbeck) with the named spread and memory; slow spells hit each pod every 5 minutes on average and make its requests 3 times slower; 2 % of the requests are 4 times slower where slow requests come in clusters.',
    ].join('\n'),
    'Other seeds, fewer runs, single cells: `node test/simulation/calibrate.ts --help` with the project’s Node.',
  ]
}
