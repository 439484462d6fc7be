import { setTimeout as sleep } from 'node:timers/promises'
import { InputError } from '#faults'
import type { ExecutionRecorder } from '../execution/execution-recorder.ts'
import { openExecutor, type ExecutionOptions, type OpenedExecutor } from '../execution/open-executor.ts'
import { digestModel } from '../model/model.ts'
import { fileStamp } from './file-stamp.ts'
import { compareVersions, listModelFiles, versionKey, type ModelFile, type ModelSource } from './model-source.ts'
import { settlesWithin } from './settles-within.ts'
import type { ModelCatalogue, ModelEntry, ServedModel } from './served-model.ts'

/** Looks in which a file has to be missing before its model goes: replacing a file without a rename removes it for a moment. */
const MISSING_LOOKS = 2

/** A version of a model that became ready. */
export interface ReadyModel extends Pick<OpenedExecutor, 'model' | 'kind' | 'batching'> {
  readonly served: ServedModel
  /** Another file served as this version before. */
  readonly replaced: boolean
}

/** Whoever wants to know what becomes of the models. */
export interface CatalogueObserver {
  ready(model: ReadyModel): void
  /**
   * A file cannot be served; said once for each state of the file.
   *
   * @param replacing an older file still serves as this version
   */
  failed(file: Pick<ModelFile, 'name' | 'version'>, error: Error, replacing: boolean): void
  /** The file of a version has gone, and the version with it. */
  gone(served: ServedModel): void
}

/** What a catalogue is made of. */
export interface CatalogueOptions extends ExecutionOptions {
  readonly sources: readonly ModelSource[]
  /** The model that `find()` means without a name; the first one when absent. */
  readonly defaultModel?: string | undefined
  /** Execution providers by ONNX Runtime's names, the preferred one first. */
  readonly providers: readonly string[]
  /** How often to look for files that are new, other or gone; 0 for never. */
  readonly reloadIntervalMs: number
  readonly observer: CatalogueObserver
  readonly recorderFor: (file: Pick<ModelFile, 'name' | 'version'>) => ExecutionRecorder
}

/** A catalogue that owns its models. */
export interface OpenCatalogue extends ModelCatalogue {
  /** Looks for changed files now. Settles when all changes are made and what they replaced is freed. */
  reload(): Promise<void>
  /**
   * Refuses new jobs, answers the accepted ones and frees the models.
   *
   * @param drainTimeoutMs how long answering may take; without a limit when absent. Freeing a model that hangs in a thread of
   *   its own does not settle
   */
  close(drainTimeoutMs?: number): Promise<void>
}

/** What is known of one version of a model. */
interface Slot {
  readonly file: ModelFile
  /** Stamp of the file that serves, or of the one that failed last. */
  stamp: string
  state: ModelEntry['state']
  /** Why the file of that stamp cannot be served. */
  error?: Error | undefined
  missingLooks: number
  current?: { readonly opened: OpenedExecutor; readonly served: ServedModel }
}

/**
 * Loads all models and watches their files. A changed file is loaded, proved and warmed beside the one that serves; then the
 * version is switched between two requests, and the old model is freed when its last request is answered.
 *
 * @throws {InputError} where there is no model, the default model cannot be loaded, or a folder cannot be read
 */
export async function openCatalogue(options: CatalogueOptions): Promise<OpenCatalogue> {
  const { sources, observer, providers } = options
  const slots = new Map<string, Slot>()
  const newest = new Map<string, ServedModel>()
  const stopping = new AbortController()
  let reloading: Promise<void> | undefined

  const files = await listModelFiles(sources)
  const defaultModel = chooseDefault(files, options)
  try {
    for (const file of files) await refresh(file)
    if (!newest.has(defaultModel)) throw whyNot(defaultModel)
  } catch (error) {
    await closeAll()
    throw error
  }
  const watching = options.reloadIntervalMs > 0 ? watch(options.reloadIntervalMs) : Promise.resolve()

  async function watch(intervalMs: number): Promise<void> {
    const rest = () => sleep(intervalMs, true, { signal: stopping.signal, ref: false }).catch(() => false)
    while (await rest()) await reload()
  }

  function reload(): Promise<void> {
    reloading ??= reloadAll().finally(() => {
      reloading = undefined
    })
    return reloading
  }

  async function reloadAll(): Promise<void> {
    let found: readonly ModelFile[]
    try {
      found = await listModelFiles(sources)
    } catch (error) {
      // A folder that cannot be read now says nothing about its models, so they stay.
      if (error instanceof InputError) return
      throw error
    }
    for (const file of found) await refresh(file)
    const keys = new Set(found.map(versionKey))
    for (const [key, slot] of slots) {
      if (keys.has(key)) slot.missingLooks = 0
      else if ((slot.missingLooks += 1) >= MISSING_LOOKS) await remove(key, slot)
    }
  }

  /** Loads a file that is new or has changed since it was last looked at. */
  async function refresh(file: ModelFile): Promise<void> {
    const stamp = await fileStamp(file.path)
    const key = versionKey(file)
    const slot: Slot = slots.get(key) ?? { file, stamp: '', state: 'loading', missingLooks: 0 }
    if (slot.stamp === stamp) return
    slots.set(key, slot)
    try {
      if (slot.current !== undefined && (await digestModel(file.path)) === slot.current.served.digest) {
        Object.assign(slot, { stamp, error: undefined })
        return
      }
      const opened = await openExecutor({ ...file, providers }, options, options.recorderFor(file))
      // Whoever writes the file in place is not done; the next look will find the rest.
      if ((await fileStamp(file.path)) !== stamp) await opened.executor.release()
      else await exchange(slot, opened, stamp)
    } catch (cause) {
      if ((await fileStamp(file.path)) !== stamp) return
      // Even a fault of the server's own in loading a new model is no reason to stop serving the others.
      const error = cause instanceof Error ? cause : new Error(String(cause), { cause })
      const replacing = slot.current !== undefined
      Object.assign(slot, { stamp, error, state: replacing ? 'ready' : 'failed' })
      observer.failed(file, error, replacing)
    }
  }

  async function exchange(slot: Slot, opened: OpenedExecutor, stamp: string): Promise<void> {
    const { digest, signature } = opened.model
    const { name, version } = slot.file
    const served: ServedModel = { name, version, digest, signature, run: (job) => opened.executor.run(job) }
    const old = slot.current
    Object.assign(slot, { current: { opened, served }, stamp, state: 'ready', error: undefined })
    rank(name)
    observer.ready({ ...opened, served, replaced: old !== undefined })
    if (old !== undefined) await free(old.opened)
  }

  async function remove(key: string, slot: Slot): Promise<void> {
    slot.state = 'unloading'
    rank(slot.file.name)
    if (slot.current !== undefined) {
      observer.gone(slot.current.served)
      await free(slot.current.opened)
    }
    slots.delete(key)
  }

  function rank(name: string): void {
    const ready = [...slots.values()].filter(({ file, state }) => file.name === name && state === 'ready')
    const last = ready.sort((a, b) => compareVersions(a.file, b.file)).at(-1)?.current
    if (last === undefined) newest.delete(name)
    else newest.set(name, last.served)
  }

  async function closeAll(drainTimeoutMs?: number): Promise<void> {
    const open = [...slots.values()].flatMap(({ current }) => (current === undefined ? [] : [current.opened.executor]))
    const drained = Promise.all(open.map((executor) => executor.drain()))
    await (drainTimeoutMs === undefined ? drained : settlesWithin(drained, drainTimeoutMs))
    await Promise.all(open.map((executor) => executor.release()))
  }

  function whyNot(name: string): Error {
    const found = [...slots.values()].find(({ file, error }) => file.name === name && error !== undefined)
    const text = 'expected a file at rest, received one that changes while it is read'
    return found?.error ?? new InputError(`model '${name}'`, [{ path: '', text }])
  }

  return {
    find(name = defaultModel, version) {
      if (version === undefined) return newest.get(name)
      const slot = slots.get(versionKey({ name, version }))
      return slot?.state === 'ready' ? slot.current?.served : undefined
    },
    list: () => [...slots.values()].map(describeSlot).sort(compareVersions),
    stuckMs: () => Math.max(0, ...[...slots.values()].map(stuckMs)),
    reload,
    async close(drainTimeoutMs) {
      stopping.abort()
      await watching
      await reloading
      await closeAll(drainTimeoutMs)
    },
  }
}

function describeSlot(slot: Slot): ModelEntry {
  const { name, version } = slot.file
  if (slot.state === 'ready' && stuckMs(slot) > 0)
    return { name, version, state: 'failed', reason: 'it gives no answer' }
  return { name, version, state: slot.state, reason: slot.error?.message ?? '' }
}

function stuckMs({ current }: Slot): number {
  const sinceMs = current?.opened.model.overdueSinceMs?.()
  return sinceMs === undefined ? 0 : performance.now() - sinceMs
}

async function free({ executor }: OpenedExecutor): Promise<void> {
  await executor.drain()
  await executor.release()
}

function chooseDefault(files: readonly ModelFile[], { sources, defaultModel }: CatalogueOptions): string {
  const names = new Set(files.map(({ name }) => name))
  const [first] = names
  if (first === undefined) {
    const places = sources.map(({ path }) => JSON.stringify(path)).join(', ')
    const text = `expected a file NAME/VERSION/model.onnx, received none in ${places}`
    throw new InputError('the models', [{ path: '', text }])
  }
  if (defaultModel === undefined || names.has(defaultModel)) return defaultModel ?? first
  const text = `expected one of ${[...names].join(', ')}, received ${JSON.stringify(defaultModel)}`
  throw new InputError('the default model', [{ path: '', text }])
}
