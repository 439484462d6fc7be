import type { Fault } from '#faults'
import type { SkippedProvider } from '../model/execution-provider.ts'
import type { Signature } from '../model/signature.ts'
import type { Tensor } from '../model/tensor.ts'

/** Which model another thread or process is to load. */
export interface LoadRequest {
  readonly path: string
  readonly name: string
  readonly providers: readonly string[]
  /** Computes only when nobody else wants to, where it has a thread or a process of its own. */
  readonly isBackground?: boolean
}

/** What is asked of a model in another thread or process. */
export type HostRequest =
  | { readonly kind: 'load'; readonly load: LoadRequest }
  | { readonly kind: 'run'; readonly feeds: readonly Tensor[] }
  | { readonly kind: 'stop' }

/** The answers, each to one request, in the order of the requests. */
export type HostReply =
  | { readonly kind: 'loaded'; readonly loaded: LoadedModel }
  | { readonly kind: 'refused'; readonly faults: readonly Fault[] }
  | {
      readonly kind: 'outputs'
      readonly outputs: readonly Tensor[]
      readonly runMs: number
      readonly memoryBytes: number
    }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'stopped' }

/** What is known of a model that was loaded elsewhere. */
export interface LoadedModel {
  readonly digest: string
  readonly signature: Signature
  readonly skippedProviders: readonly SkippedProvider[]
  /** Memory of the process that holds it; 0 where it was not measured. */
  readonly memoryBytes: number
}
