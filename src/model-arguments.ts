import { basename } from 'node:path'
import { z } from 'zod'
import type { ModelSource } from '#runtime'

const EXPECTED = 'expected the path of an ONNX model, by this option or MODEL_PATH'

/** What may stand before `=`; a path that has one can be written with a folder: `./a=b.onnx`. */
const NAMED = /^([A-Za-z0-9][A-Za-z0-9._-]*)=(.+)$/

/** A model as the command line gives it. */
interface ModelArgument {
  readonly name: string | undefined
  readonly path: string
}

/** Schema of the models: `FILE.onnx` once, or `NAME=FILE.onnx` as often as there are models. */
export const modelArguments = z.array(z.string(), EXPECTED).transform((texts, context): readonly ModelArgument[] => {
  const models = texts.map((text) => {
    const [, name, path = text] = NAMED.exec(text) ?? []
    return { name, path }
  })
  const names = models.map(({ name }) => name)
  if (texts.includes('')) context.addIssue({ code: 'custom', message: EXPECTED })
  else if (texts.length > 1 && (names.includes(undefined) || new Set(names).size < names.length)) {
    context.addIssue({ code: 'custom', message: 'expected NAME=FILE with different names where there are several' })
  }
  return models
})

/** What was said about models, together. */
export interface ModelSettings {
  readonly '--model': readonly ModelArgument[]
  readonly '--models'?: string | undefined
  readonly '--name'?: string | undefined
}

/** Where the models come from: those named one by one, then those of the folder. */
export function modelSources(settings: ModelSettings): ModelSource[] {
  const folder = settings['--models']
  const files = settings['--model'].map(({ name, path }): ModelSource => {
    return { kind: 'file', name: name ?? settings['--name'] ?? basename(path, '.onnx'), path }
  })
  return folder === undefined ? files : [...files, { kind: 'folder', path: folder }]
}

/** Option values with the models as a list; a folder of models takes the place of the environment's one model. */
export function listModels(
  values: Readonly<Record<string, unknown>>,
  fromEnvironment: string | undefined,
): Readonly<Record<string, unknown>> {
  const { model = values['models'] === undefined ? fromEnvironment : [] } = values
  return { ...values, model: typeof model === 'string' ? [model] : model }
}
