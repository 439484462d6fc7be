/*
 * A metric provider that waits: Run starts a measurement, Resume ends it two looks later.
 *
 *     metricProviderPlugins: |-
 *       - name: example/patience
 *         location: file:///plugins/metric-example
 *
 *     provider:
 *       plugin:
 *         example/patience: { looks: 2, everySeconds: 15 }
 */
import { metricPlugin, nodePluginProcess, pluginConfig, servePlugin } from '#plugin'
import type { Measurement, Metric, MetricPlugin } from '#plugin'

interface Config {
  readonly looks: number
  readonly everySeconds: number
}

/** Whatever comes from a template is checked; the message of the error is what a user sees in the AnalysisRun. */
function readConfig(metric: Metric): Config {
  const { pluginName, config } = pluginConfig(metric)
  const { looks = 2, everySeconds = 15 } = Object(config) as Partial<Config>
  if (!Number.isInteger(looks) || looks < 1) {
    throw new Error(
      `Cannot read ${pluginName}.looks: expected a whole number above 0, received ${JSON.stringify(looks)}`,
    )
  }
  if (!Number.isFinite(everySeconds) || everySeconds <= 0) {
    throw new Error(
      `Cannot read ${pluginName}.everySeconds: expected a number above 0, received ${JSON.stringify(everySeconds)}`,
    )
  }
  return { looks, everySeconds }
}

function look(config: Config, looksDone: number, nowMs: number): Measurement {
  const metadata = { looks: String(looksDone) }
  if (looksDone >= config.looks) {
    return { phase: 'Successful', value: String(looksDone), message: `looked ${looksDone} times`, metadata }
  }
  return { phase: 'Running', metadata, resumeAt: new Date(nowMs + config.everySeconds * 1000) }
}

const plugin: MetricPlugin = {
  type: 'patience',
  run: (_run, metric) => look(readConfig(metric), 0, Date.now()),
  // All that has to survive a restart of this process is in the metadata of the measurement.
  resume: (_run, metric, measurement) =>
    look(readConfig(metric), Number(measurement.metadata.looks ?? 0) + 1, Date.now()),
  terminate: (_run, _metric, measurement) => ({ ...measurement, phase: 'Successful', message: 'ended early' }),
  getMetadata: (metric) => ({ looks: String(readConfig(metric).looks) }),
}

servePlugin(metricPlugin(plugin), nodePluginProcess(process, Date.now))
