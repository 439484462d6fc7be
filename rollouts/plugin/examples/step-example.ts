/*
 * A step that counts its calls and lets the rollout go on after some of them.
 *
 *     stepPlugins: |-
 *       - name: example/countdown
 *         location: file:///plugins/step-example
 *
 *     steps:
 *       - plugin: { name: example/countdown, config: { from: 3 } }
 */
import { nodePluginProcess, servePlugin, stepPlugin } from '#plugin'
import type { StepContext, StepPlugin } from '#plugin'

/** A throw is an error that the controller shows and retries; it never aborts the rollout. */
function readFrom(context: StepContext): number {
  const { from = 3 } = Object(context.config) as { readonly from?: unknown }
  if (typeof from !== 'number' || !Number.isInteger(from) || from < 0) {
    throw new Error(
      `Cannot read config.from of ${context.pluginName}: expected a whole number, received ${JSON.stringify(from)}`,
    )
  }
  return from
}

const plugin: StepPlugin = {
  type: 'countdown',
  run: (_rollout, context) => {
    const { left = readFrom(context) } = Object(context.status) as { readonly left?: number }
    if (left <= 0) return { phase: 'Successful', message: 'lift-off' }
    return { phase: 'Running', message: `${left} to go`, requeueAfterMs: 15_000, status: { left: left - 1 } }
  },
  terminate: () => ({ phase: 'Successful', message: 'no need to count on' }),
  abort: () => ({ phase: 'Successful', message: 'nothing to undo' }),
}

servePlugin(stepPlugin(plugin), nodePluginProcess(process, Date.now))
