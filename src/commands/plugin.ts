import { InputError } from '#faults'
import { readArguments, type Command } from '../command.ts'
import { PLUGIN_KINDS, serve } from '../plugin/serve.ts'

export const pluginCommand: Command = {
  name: 'plugin',
  summary: 'The process that the Argo Rollouts controller starts: metric provider and step',
  endsBySignal: true,
  help: `The process that the Argo Rollouts controller starts, as metric provider modelgate/slo or step modelgate/gate.

Usage: modelgate plugin metric|step

Not for a person: it speaks to the controller over a socket, and ends with exit code 1 when started by hand. Register it
in the ConfigMap argo-rollouts-config and restart the controller:

  metricProviderPlugins: |
    - name: modelgate/slo
      location: file:///plugins/modelgate
  stepPlugins: |
    - name: modelgate/gate
      location: file:///plugins/modelgate

manifests/plugin has these files whole, with an AnalysisTemplate and a Rollout. "make plugin-bundle" makes the file.

Example:
  modelgate plugin metric
`,
  run: (args, io) => {
    const { positionals } = readArguments('plugin', args, {})
    const kind = PLUGIN_KINDS.find((known) => known === positionals[0])
    if (kind === undefined || positionals.length > 1) {
      const received = positionals.length === 0 ? 'nothing' : JSON.stringify(positionals.join(' '))
      throw new InputError('the command line', [{ path: '', text: `expected metric or step, received ${received}` }])
    }
    serve(kind)
    // The host ends the process itself; until then there is nothing to return.
    return new Promise<number>((resolve) => {
      io.signal.addEventListener('abort', () => {
        resolve(0)
      })
    })
  },
}
