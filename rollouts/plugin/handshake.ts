import { ProtocolError } from './protocol-error.ts'

/** The environment variable that the controller sets, and its value for each kind of plugin. */
export const COOKIE_KEY = 'ARGO_ROLLOUTS_RPC_PLUGIN'
export type PluginCookie = 'metricprovider' | 'step' | 'trafficrouter'

const CORE_PROTOCOL_VERSION = 1
/** The version of the plugin interface, which is the same for the three kinds in all releases of Argo Rollouts. */
const APP_PROTOCOL_VERSION = 1

/**
 * Whether the process was started by a controller that wants a plugin of this kind.
 *
 * @throws ProtocolError with a text for the person who started it by hand, or registered it under the wrong kind
 */
export function checkHandshake(env: Readonly<Record<string, string | undefined>>, cookie: PluginCookie): void {
  const received = env[COOKIE_KEY]
  if (received === cookie) return
  const detail =
    received === undefined
      ? 'it is not set; this program is a plugin that the Argo Rollouts controller starts, not a command'
      : `received ${JSON.stringify(received)}; it may be registered under another kind in argo-rollouts-config`
  throw new ProtocolError('handshake', `Cannot start plugin: ${COOKIE_KEY} must be '${cookie}', ${detail}`)
}

/** The one line that goes to standard output; the last field is an empty certificate. */
export function handshakeLine(socketPath: string): string {
  return `${CORE_PROTOCOL_VERSION}|${APP_PROTOCOL_VERSION}|unix|${socketPath}|netrpc|\n`
}
