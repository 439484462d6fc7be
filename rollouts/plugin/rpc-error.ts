import type { EncodableStruct } from './gob-schema.ts'
import { Schema, structOf } from './gob-schema.ts'
import { describeError } from './protocol-error.ts'

/** The Go type types.RpcError: an empty text is no error. */
export const RPC_ERROR = structOf('RpcError', { ErrorString: Schema.string })

export function encodeRpcError(error: unknown): EncodableStruct {
  return { ErrorString: describeError(error) || 'unknown error' }
}

/** What to answer for a method that did something or failed, and returns nothing. */
export async function answerRpcError(work: () => Promise<unknown>): Promise<EncodableStruct> {
  try {
    await work()
    return {}
  } catch (error) {
    return encodeRpcError(error)
  }
}

export function lateRpcError(method: string): () => EncodableStruct {
  return () =>
    encodeRpcError(new Error(`Cannot answer ${method}: the plugin did not end it before the call's deadline`))
}
