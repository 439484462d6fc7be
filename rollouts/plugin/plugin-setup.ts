/** A plugin, or how to get it: what takes long to import can wait until after the handshake. */
export type PluginSource<T> = T | (() => Promise<T>)

/** Loads a plugin and sets it up once. */
export interface PluginSetup<T> {
  /** Starts to load, so that the first call need not wait for all of it. A failure is kept for the calls. */
  begin(): void
  /** The plugin, set up; rejects with what went wrong. */
  ready(): Promise<T>
}

/**
 * The controller reports an error of InitPlugin once, and then uses the plugin without another InitPlugin. So each
 * call waits for the set-up, and one that failed is tried again by the next call.
 */
export function createPluginSetup<T extends { initPlugin?(): void | Promise<void> }>(
  source: PluginSource<T>,
): PluginSetup<T> {
  let loading: Promise<T> | undefined
  let settingUp: Promise<T> | undefined
  const load = (): Promise<T> => {
    loading ??= (async () => (typeof source === 'function' ? source() : source))()
    return loading
  }
  const setUp = async (): Promise<T> => {
    const plugin = await load()
    await plugin.initPlugin?.()
    return plugin
  }
  return {
    begin: () => {
      load().catch(() => {
        loading = undefined
      })
    },
    ready: () => {
      settingUp ??= setUp().catch((error: unknown) => {
        loading = undefined
        settingUp = undefined
        throw error
      })
      return settingUp
    },
  }
}
