import type { Scenario } from '../scenario.ts'
import { aborts } from './aborts.ts'
import { controllerRestarted } from './controller-restarted.ts'
import { gitOps } from './git-ops.ts'
import { guardAndGate } from './guard-and-gate.ts'
import { lowTraffic } from './low-traffic.ts'
import { pluginHung } from './plugin-hung.ts'
import { pluginKilled } from './plugin-killed.ts'
import { promotes } from './promotes.ts'
import { prometheusAway } from './prometheus-away.ts'
import { secondBump } from './second-bump.ts'
import { shadowed } from './shadowed.ts'
import { stepPlugin } from './step-plugin.ts'

/** The longest first, so that the suite does not end with one of them alone. */
export const SCENARIOS: readonly Scenario[] = [
  prometheusAway,
  pluginHung,
  stepPlugin,
  promotes,
  shadowed,
  ...aborts,
  controllerRestarted,
  pluginKilled,
  guardAndGate,
  lowTraffic,
  secondBump,
  gitOps,
]
