import type { IncomingHttpHeaders } from 'node:http'
import type { AnsweredRequest } from '../server/answered-request.ts'
import { feedsFingerprint, textFingerprint } from './fingerprint.ts'

const FINGERPRINTS = 2 ** 32

export interface SamplerOptions {
  /** Share of the requests to take, 0 to 1. */
  readonly share: number
  /** Another salt takes another sample. */
  readonly salt: string
  /** Lower-case name of a header that identifies a request, such as `x-request-id`; undefined to go by the inputs. */
  readonly idHeader: string | undefined
}

/** Whether a request belongs to the sample. */
export type IsSampled = (request: Pick<AnsweredRequest, 'job' | 'headers'>) => boolean

/**
 * Draws lots that come out the same for the same request on every pod and at any time, so that a sample can be repeated. By
 * default the inputs are what is drawn: equal inputs are all taken or all left out. Where traffic repeats itself and the share
 * is small, an identifier per request gives a fairer sample; a request without it goes by its inputs.
 */
export function shadowSampler({ share, salt, idHeader }: SamplerOptions): IsSampled {
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(`Cannot sample requests: share has to be from 0 to 1, received ${share}`)
  }
  if (share === 0) return () => false
  if (share === 1) return () => true
  const below = share * FINGERPRINTS
  return ({ job, headers }) => {
    const id = idHeader === undefined ? undefined : headerText(headers, idHeader)
    return (id === undefined ? feedsFingerprint(job.feeds, salt) : textFingerprint(salt + id)) < below
  }
}

/** The first value of a header; undefined where it is absent or empty. */
export function headerText(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  const text = Array.isArray(value) ? value[0] : value
  return text === undefined || text === '' ? undefined : text
}
