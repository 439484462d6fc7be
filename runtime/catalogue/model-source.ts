import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '#faults'

/** Version of a model that comes as a file of its own. */
const ONLY_VERSION = '1'

const MODEL_FILE = 'model.onnx'
const MODEL_NAME = /^[^.].*$/
const VERSION = /^[1-9]\d{0,14}$/

/**
 * Where models come from: one file, or a folder laid out as Triton's model repository, `NAME/VERSION/model.onnx`
 * (https://github.com/triton-inference-server/server/blob/main/docs/user_guide/model_repository.md).
 */
export type ModelSource =
  | { readonly kind: 'file'; readonly name: string; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string }

/** One version of a model as it lies on disk. */
export interface ModelFile {
  readonly name: string
  readonly version: string
  readonly path: string
}

/**
 * The model files of all sources, in the sources' order and within a folder by name and version. Folders whose name starts with
 * a full stop are left out, among them those that Kubernetes keeps the contents of a ConfigMap in.
 *
 * @throws {InputError} where a folder cannot be read or two sources give the same version of a model
 */
export async function listModelFiles(sources: readonly ModelSource[]): Promise<ModelFile[]> {
  const files = (await Promise.all(sources.map(listSource))).flat()
  const known = new Map<string, ModelFile>()
  for (const file of files) {
    const key = versionKey(file)
    const other = known.get(key)
    if (other !== undefined) {
      const text = `expected one file for version ${file.version} of model '${file.name}', received "${other.path}" and "${file.path}"`
      throw new InputError('the models', [{ path: '', text }])
    }
    known.set(key, file)
  }
  return files
}

/** What tells one version of one model from all others; names hold no slash. */
export function versionKey({ name, version }: Pick<ModelFile, 'name' | 'version'>): string {
  return `${name}/${version}`
}

/** Order by name, then by version as a number. */
export function compareVersions(
  a: Pick<ModelFile, 'name' | 'version'>,
  b: Pick<ModelFile, 'name' | 'version'>,
): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1
  return Number(a.version) - Number(b.version)
}

async function listSource(source: ModelSource): Promise<ModelFile[]> {
  if (source.kind === 'folder') return listFolder(source.path)
  return [{ name: source.name, version: ONLY_VERSION, path: source.path }]
}

async function listFolder(folder: string): Promise<ModelFile[]> {
  try {
    const names = (await readdir(folder)).filter((name) => MODEL_NAME.test(name))
    const files = await Promise.all(names.map((name) => listVersions(folder, name)))
    return files.flat().sort(compareVersions)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InputError(`folder ${JSON.stringify(folder)}`, [{ path: '', text: `it cannot be listed (${reason})` }], {
      cause,
    })
  }
}

async function listVersions(folder: string, name: string): Promise<ModelFile[]> {
  const place = join(folder, name)
  if (!(await exists(place, 'folder'))) return []
  const versions = (await readdir(place)).filter((version) => VERSION.test(version))
  const files = versions.map((version) => ({ name, version, path: join(place, version, MODEL_FILE) }))
  const found = await Promise.all(files.map(({ path }) => exists(path, 'file')))
  return files.filter((_, i) => found[i])
}

/** Follows symbolic links, as Kubernetes mounts are made of. */
async function exists(path: string, kind: 'file' | 'folder'): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && (kind === 'file' ? found.isFile() : found.isDirectory())
}
