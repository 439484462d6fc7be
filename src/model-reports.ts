import { describeSignature, type CatalogueObserver, type ReadyModel } from '#runtime'
import type { Output } from './command.ts'
import type { ModelMetrics } from './model-metrics.ts'

/** Tells people and metrics what becomes of the models. */
export interface ModelReports {
  readonly observer: CatalogueObserver
  /** The models that were ready from the start, in the order in which they were loaded. */
  readonly first: readonly ReadyModel[]
  /** From now on the models that serve are known, and only changes are news. */
  begin(): void
}

/** @param output where lines for people go */
export function modelReports(output: Output, metrics: ModelMetrics): ModelReports {
  const first: ReadyModel[] = []
  const refused: string[] = []
  let begun = false
  const say = (text: string) => {
    output.write(`${text}\n`)
  }
  return {
    first,
    begin() {
      begun = true
      for (const text of refused) say(text)
    },
    observer: {
      ready(model) {
        metrics.ready(model.served, model.replaced)
        if (!begun) first.push(model)
        else describeModel(model).forEach(say)
      },
      failed(version, error, replacing) {
        if (replacing) metrics.kept(version)
        const rest = replacing ? `; version ${version.version} of model '${version.name}' serves on as it was` : ''
        if (begun) say(`${error.message}${rest}`)
        else refused.push(error.message)
      },
      gone(served) {
        metrics.gone(served)
        say(`model ${served.name} version ${served.version} serves no longer: its file has gone`)
      },
    },
  }
}

/** What an operator should know of a model: what it takes and gives, how it runs, and what is left out. */
export function describeModel({ model, served, kind, batching, replaced }: ReadyModel): string[] {
  const subject = served.version === '1' ? `model ${served.name}` : `model ${served.name} version ${served.version}`
  const place = { inline: "on the server's thread", thread: 'on a thread', process: 'in a process' }[kind]
  const run = batching ? 'requests are batched' : 'one request a run'
  return [
    `${subject}${replaced ? ' was replaced' : ''}: ${describeSignature(model.signature)}; it runs ${place}, ${run}`,
    ...model.signature.unsupportedOutputs.map(({ name, reason }) => `output '${name}' is not served: it is ${reason}`),
    ...(model.skippedProviders ?? []).map(({ name, reason }) => `execution provider '${name}' is not used: ${reason}`),
  ]
}
