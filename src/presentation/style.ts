import { DARK, LIGHT, type Palette } from './palette.ts'

/** The style sheet of a report: both themes, narrow screens, paper. */
export function reportStyle(): string {
  return `:root{color-scheme:light dark;${variables(LIGHT)}}
@media (prefers-color-scheme:dark){:root{${variables(DARK)}}}
${PAGE}${TABLES}${CHARTS}
@media print{:root{color-scheme:light;${variables(LIGHT)}}${PAPER}}
`
}

function variables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, colour]: [string, string]) => `--${name}:${colour}`)
    .join(';')
}

const PAGE = `
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main,header,footer{max-width:1180px;margin:0 auto;padding:0 20px}
header{padding-top:32px}
h1{font-size:26px;line-height:1.25;margin:0 0 4px}
h2{font-size:20px;line-height:1.3;margin:0 0 8px;display:flex;flex-wrap:wrap;gap:4px 12px;align-items:center;overflow-wrap:anywhere}
h3{font-size:15px;margin:28px 0 8px}
h4{font-size:14px;margin:0}
p{margin:0 0 8px}
a{color:var(--stable)}
small{display:block;color:var(--muted);font-size:12px;line-height:1.4}
code{font:12.5px/1.45 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:20px 24px;margin:20px 0}
.lead{font-size:16px;max-width:80ch}
.meta{color:var(--muted)}
.ending,.standing{font-weight:600;white-space:nowrap}
.ending{font-size:14px}
.promoted,.cleared,.passed .state{color:var(--good)}
.aborted,.harm,.failed .state{color:var(--bad)}
.ending.inconclusive,.noData,.inconclusive .state{color:var(--open)}
.unfinished,.notApplicable,.open,.skipped .state,.waiting .state{color:var(--muted)}
.facts,.legend,.ladder{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap}
.facts{gap:8px 32px;margin-top:14px}
.facts strong{display:block;font-size:19px;font-variant-numeric:tabular-nums}
.facts span{color:var(--muted);font-size:13px}
.ladder{gap:10px}
.ladder li{flex:1 1 150px;border:1px solid var(--line);border-top:4px solid var(--line);border-radius:6px;padding:8px 12px;overflow-wrap:anywhere}
.ladder .passed{border-top-color:var(--good)}
.ladder .failed{border-top-color:var(--bad)}
.ladder .inconclusive,.ladder .running{border-top-color:var(--open)}
.ladder .waiting,.ladder .skipped{border-style:dashed}
.ladder .weight{font-size:19px;font-weight:600;display:block}
.ladder .state{font-size:13px;font-weight:600}
details{margin-top:8px}
summary{cursor:pointer;color:var(--muted);font-size:13px}
footer{color:var(--muted);font-size:13px;padding-top:4px;padding-bottom:40px}
`

const TABLES = `
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--muted);font-size:13px;padding:6px 0}
th,td{padding:6px 12px 6px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;font-weight:400}
thead th,thead .number{color:var(--muted);font-size:12.5px;vertical-align:bottom;white-space:normal}
tbody th{font-weight:600;min-width:120px;overflow-wrap:anywhere}
.signals tbody th{min-width:215px}
.overview tbody th{min-width:165px}
tbody th small{font-weight:400;max-width:36ch}
.number{text-align:right;white-space:nowrap}
.prose{min-width:240px}
`

const CHARTS = `
.charts{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:28px 32px}
figure{margin:0;min-width:0}
figure.wide{grid-column:1/-1}
figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;gap:2px 20px;margin-bottom:4px}
.legend{gap:2px 16px;font-size:13px}
.swatch{display:inline-block;width:11px;height:11px;border-radius:2px;margin-right:6px;background:currentColor}
.swatch.stable{color:var(--stable)}
.swatch.canary{color:var(--canary)}
.caption{color:var(--muted);font-size:13px;margin:4px 0 0}
svg{display:block;width:100%;height:auto}
svg.interval{width:170px}
.half .chart{min-width:430px}
.wide .chart{min-width:680px}
svg text{font-family:inherit;font-size:11.5px;fill:var(--text)}
svg .tick,svg .boundary-label{fill:var(--muted)}
svg .panel,svg .limit-label,svg .value{paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
svg .panel,svg .name{font-size:12px}
svg .value{font-size:11px}
.grid{stroke:var(--line);stroke-width:1}
.axis{stroke:var(--muted);stroke-width:1;fill:none}
.boundary{stroke:var(--muted);stroke-width:1;stroke-dasharray:2 4}
.limit{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:6 3;fill:none}
svg .limit-label{fill:var(--bad)}
.bar.stable{fill:var(--stable)}
.bar.canary{fill:var(--canary)}
.line,.leader{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.leader{stroke-width:1;opacity:.45}
.line.weight{color:var(--text);stroke-width:1.5}
.line.stable{color:var(--stable)}
.line.canary{color:var(--canary)}
.total{color:var(--text)}
.line.total{stroke-width:3}
.errorRate,.errorRateMax{color:var(--errors)}
.latency,.latencyMax{color:var(--latency)}
.predictionDrift{color:var(--drift)}
.shadow,.pairedErrors{color:var(--shadow)}
.line.errorRateMax,.line.latencyMax,.line.pairedErrors{stroke-dasharray:5 4}
.range{stroke:var(--canary);stroke-width:3;stroke-linecap:round}
.dot{fill:var(--canary)}
@media screen and (max-width:820px){
.charts{grid-template-columns:minmax(0,1fr)}
section{padding:16px;border-radius:8px}
main,header,footer{padding-left:12px;padding-right:12px}
}
@media screen and (max-width:680px){
.stacks thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.stacks,.stacks caption,.stacks tbody,.stacks tr,.stacks th,.stacks td{display:block}
.stacks tr{border-bottom:1px solid var(--line);padding:8px 0}
.stacks tbody th,.stacks tbody td{border:0;padding:1px 0;text-align:left;white-space:normal}
.stacks tbody td::before{content:attr(data-title) " ";color:var(--muted);font-size:12.5px;margin-right:6px}
}
`

const PAPER = `
body{background:none;font-size:12px}
section{border:0;padding:0;margin:0 0 20px}
section.candidate{break-before:page}
figure,tr,li{break-inside:avoid}
h2,h3{break-after:avoid}
.scroll{overflow:visible}
.half .chart,.wide .chart{min-width:0}
details:not([open]){display:none}
`
