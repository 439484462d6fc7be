// Entry of the plugin process, and of the bundle that the controller's image gets. It imports as little as it can before
// the handshake: while a plugin starts, the controller measures nothing with any plugin.
import { PLUGIN_KINDS, serve, type PluginKind } from './serve.ts'

/** The controller says in the environment which kind it wants, so one file can be registered as both. */
const KIND_OF_COOKIE: Readonly<Record<string, PluginKind>> = { metricprovider: 'metric', step: 'step' }

const named = process.argv.slice(2).find((argument) => argument !== 'plugin')
const kind = PLUGIN_KINDS.find((known) => known === named)

if (named !== undefined && kind === undefined) {
  process.stderr.write(`Cannot start plugin: expected metric or step, received ${JSON.stringify(named)}\n`)
  process.exit(1)
}
serve(kind ?? KIND_OF_COOKIE[process.env.ARGO_ROLLOUTS_RPC_PLUGIN ?? ''] ?? 'metric')
