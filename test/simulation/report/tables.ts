/** How one table of the report is introduced and read. */
export interface TableText {
  /** Name of the table in the cells. */
  readonly id: string
  readonly heading: string
  readonly intro: string
  /** Headings of the row's labels. */
  readonly labels: readonly string[]
  readonly shows: 'false aborts' | 'delays' | 'false promotions'
  /** Charts drawn from this table. */
  readonly charts: readonly string[]
  /** What delays are counted in. */
  readonly counted?: 'canary requests' | 'pairs'
}

const STEADY = 'Four steps of 10 minutes, a look every 10 seconds: 240 looks.'

export const TABLES: readonly TableText[] = [
  {
    id: 'errors',
    heading: 'Error rate',
    intro: `${STEADY} Both versions fail equally often. The threshold is 1 % where 0.1 % fail and 2 % where 1 % fail.`,
    labels: ['failing', 'req/s', 'canary'],
    shows: 'false aborts',
    charts: ['errors.svg'],
  },
  {
    id: 'drifting',
    heading: 'A baseline that gets worse while the canary grows',
    intro:
      'Steps 10 / 30 / 50 / 100 %. The error rate of both versions is 0.5, 1, 2 and 2 % in these steps. Whoever pools the steps sees a canary that fails more often (Simpson’s paradox).',
    labels: ['failing', 'req/s'],
    shows: 'false aborts',
    charts: [],
  },
  {
    id: 'latency',
    heading: 'Latency',
    intro: `${STEADY} Half an hour of history. Log-normal response times with a median of 60 ms and a p95 of 161 ms, in the default buckets of Prometheus’ client libraries.`,
    labels: ['req/s', 'canary'],
    shows: 'false aborts',
    charts: ['latency.svg'],
  },
  {
    id: 'equal predictions',
    heading: 'Predictions, test of equality',
    intro: `${STEADY} Both versions predict 3 or 10 classes with the same shares.`,
    labels: ['classes', 'req/s', 'canary'],
    shows: 'false aborts',
    charts: ['predictions.svg'],
  },
  {
    id: 'tolerated drift',
    heading: 'Predictions, drift that the policy allows',
    intro: `${STEADY} The true PSI is 0.19; up to 0.2 is allowed.`,
    labels: ['classes', 'req/s', 'canary'],
    shows: 'false aborts',
    charts: ['tolerated-drift.svg'],
  },
  {
    id: 'shadow',
    heading: 'Shadow comparison',
    intro: `${STEADY} Up to 1 % of the pairs may disagree.`,
    labels: ['disagreeing', 'pairs/s'],
    shows: 'false aborts',
    charts: ['shadow.svg'],
  },
  {
    id: 'edges',
    heading: 'At the edge of what is allowed',
    intro: `${STEADY} Half an hour of history, canary at 10 %. The canary is exactly as bad as the policy allows: no worse, so every abort is false.`,
    labels: ['truth', 'req/s'],
    shows: 'false aborts',
    charts: [],
  },
  {
    id: 'whole gate',
    heading: 'The whole gate',
    intro:
      'Steps 10 / 30 / 50 / 100 % of 10 minutes, half an hour of history. Seven signals share one budget: errors and latency against stable and against their limits (1 %, p95 250 ms), drift of 10 classes (PSI 0.2), disagreement (1 %) and paired errors. Template: error rate > 1 %, p95 > 250 ms or PSI > 0.2 over the last minute.',
    labels: ['canary', 'req/s'],
    shows: 'false aborts',
    charts: ['whole-gate.svg'],
  },
  ...[
    { hours: 3, more: ' 1 % of the requests fail on average.' },
    { hours: 1, more: '' },
    { hours: 0, more: ' Without history the gate cannot know how much equals differ.' },
  ].map(({ hours, more }) => ({
    id: `stress, ${hours} h`,
    heading: `Requests that are not independent, ${hours === 0 ? 'no' : `${hours} h of`} history`,
    intro: `Ten pods, one of them the canary and no worse than the others; 40 minutes at 10 %, one scrape per pod every 15 seconds, each pod at its own moment.${more} Here the guarantee is not a theorem; it rests on the growth cap, the dispersion learned from history and the tolerances.`,
    labels: ['service', 'req/s'],
    shows: 'false aborts' as const,
    charts: hours === 3 ? ['stress.svg'] : [],
  })),
  {
    id: 'error delays',
    heading: 'Error rate',
    intro:
      'The regression is there from the start. The tolerant profile lets the canary fail 1.25 times as often as stable.',
    labels: ['regression', 'req/s', 'canary'],
    shows: 'delays',
    charts: ['error-delays.svg'],
    counted: 'canary requests',
  },
  {
    id: 'latency delays',
    heading: 'Latency',
    intro: 'Half an hour of history. The tolerant profile lets every request take 1.05 times as long.',
    labels: ['regression', 'req/s', 'canary'],
    shows: 'delays',
    charts: ['latency-delays.svg'],
    counted: 'canary requests',
  },
  {
    id: 'shift delays',
    heading: 'Predictions, shift by total variation',
    intro:
      'Every second class loses its part of the shift to the others. The gate tests equality, or that the total variation is at most 2 %.',
    labels: ['classes', 'shift', 'req/s', 'canary'],
    shows: 'delays',
    charts: ['prediction-delays.svg'],
    counted: 'canary requests',
  },
  {
    id: 'index delays',
    heading: 'Predictions, drift beyond PSI 0.2',
    intro: 'The oracle knows both distributions and makes the bet that grows fastest.',
    labels: ['classes', 'true PSI', 'req/s', 'canary'],
    shows: 'delays',
    charts: [],
    counted: 'canary requests',
  },
  {
    id: 'shadow delays',
    heading: 'Shadow comparison, more than the allowed 1 %',
    intro: 'Delays are counted in pairs.',
    labels: ['disagreeing', 'pairs/s'],
    shows: 'delays',
    charts: ['shadow-delays.svg'],
    counted: 'pairs',
  },
  {
    id: 'whole gate delays',
    heading: 'The whole gate',
    intro:
      'Steps 10 / 30 / 50 / 100 % of 10 minutes; each signal has its share of the budget only. Template as above, failureLimit 3: where it also aborts equal canaries its delay means little.',
    labels: ['regression', 'req/s', 'from'],
    shows: 'delays',
    charts: [],
    counted: 'canary requests',
  },
  {
    id: 'false promotions',
    heading: 'False promotions',
    intro:
      'The canary is exactly at its margin. 100 req/s, canary 10 %, one step of 40 minutes with a look every 10 seconds; the abort has next to no budget, so that it cannot come first.',
    labels: ['claim', 'truth'],
    shows: 'false promotions',
    charts: [],
  },
  {
    id: 'promotions',
    heading: 'Requests until a good canary is promoted',
    intro: 'As above, with a canary that is better than its margin (10 pairs/s for the shadow comparison).',
    labels: ['claim', 'truth'],
    shows: 'delays',
    charts: [],
    counted: 'canary requests',
  },
]
