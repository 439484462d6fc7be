import { metricPlugin, nodePluginProcess, servePlugin, stepPlugin } from '#plugin'

/** The kinds of plugin that modelgate is. */
export const PLUGIN_KINDS = ['metric', 'step'] as const

export type PluginKind = (typeof PLUGIN_KINDS)[number]

/**
 * Serves a plugin to the Rollouts controller that started this process, until the controller goes. The handshake goes out
 * at once; what decides is loaded after it.
 */
export function serve(kind: PluginKind): void {
  const owner = nodePluginProcess(process, Date.now)
  const options = { module: `modelgate-${kind}` }
  if (kind === 'metric') {
    const load = async () => (await import('./metric-plugin.ts')).openMetricPlugin(process.env, Date.now)
    servePlugin(metricPlugin(load), owner, options)
  } else {
    const load = async () => (await import('./step-plugin.ts')).openStepPlugin(Date.now)
    servePlugin(stepPlugin(load), owner, options)
  }
}
