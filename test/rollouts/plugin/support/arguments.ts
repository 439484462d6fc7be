import { Buffer } from 'node:buffer'
import { GobInterface } from '../../../../rollouts/plugin/gob-value.ts'
import type { GobStruct, GobValue } from '../../../../rollouts/plugin/gob-value.ts'
import type { EncodableValue } from '../../../../rollouts/plugin/gob-schema.ts'
import type { PluginService } from '../../../../rollouts/plugin/serve.ts'
import type { RecordingHost } from './host.ts'
import { recordingHost } from './host.ts'

/** The arguments of Run: a run and a metric with this configuration. */
export function runArgs(config = '{}', run: GobStruct = {}): GobStruct {
  return { AnalysisRun: run, Metric: { Name: 'm', Provider: { Plugin: new Map([['a/b', Buffer.from(config)]]) } } }
}

export interface OpenService {
  readonly host: RecordingHost
  call(method: string, typeName: string | undefined, args?: GobStruct): Promise<EncodableValue>
  late(method: string, typeName: string, args?: GobStruct): EncodableValue
}

/** Calls the methods of a service as the connection does. */
export function openService(service: PluginService): OpenService {
  const host = recordingHost()
  const methods = service.open(host)
  const argumentFor = (typeName: string | undefined, args: GobStruct): GobValue =>
    typeName === undefined ? null : new GobInterface(typeName, args)
  return {
    host,
    call: async (method, typeName, args = {}) =>
      methods.get(`Plugin.${method}`)!.call(argumentFor(typeName, args), { signal: new AbortController().signal }),
    late: (method, typeName, args = {}) => methods.get(`Plugin.${method}`)!.late(argumentFor(typeName, args)),
  }
}
