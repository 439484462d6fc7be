import { optionalStructField, numberField, structMapField, structsField, textField } from './argument-reader.ts'
import type { GobStruct } from './gob-value.ts'

/** v1alpha1.StringMatch: one of three. */
export type StringMatch =
  | { readonly kind: 'exact'; readonly value: string }
  | { readonly kind: 'prefix'; readonly value: string }
  | { readonly kind: 'regex'; readonly value: string }

/** v1alpha1.SetHeaderRoute; without matches the route is to be removed. */
export interface HeaderRoute {
  readonly name: string
  readonly match: readonly { readonly headerName: string; readonly headerValue: StringMatch | undefined }[]
}

/** v1alpha1.SetMirrorRoute; without matches the route is to be removed. */
export interface MirrorRoute {
  readonly name: string
  /** Percent of the matching requests; 0 also if it is not set, which the documentation says means 100. */
  readonly percentage: number
  readonly match: readonly RouteMatch[]
}

export interface RouteMatch {
  readonly method: StringMatch | undefined
  readonly path: StringMatch | undefined
  readonly headers: readonly { readonly name: string; readonly value: StringMatch | undefined }[]
}

export function viewHeaderRoute(route: GobStruct): HeaderRoute {
  return {
    name: textField(route, 'Name'),
    match: structsField(route, 'Match').map((match) => ({
      headerName: textField(match, 'HeaderName'),
      headerValue: viewStringMatch(optionalStructField(match, 'HeaderValue')),
    })),
  }
}

export function viewMirrorRoute(route: GobStruct): MirrorRoute {
  return {
    name: textField(route, 'Name'),
    percentage: numberField(route, 'Percentage'),
    match: structsField(route, 'Match').map((match) => ({
      method: viewStringMatch(optionalStructField(match, 'Method')),
      path: viewStringMatch(optionalStructField(match, 'Path')),
      headers: structMapField(match, 'Headers').map(([name, value]) => ({ name, value: viewStringMatch(value) })),
    })),
  }
}

/** A match for the empty text arrives as an empty struct, which says nothing about its kind: it is taken as exact. */
function viewStringMatch(match: GobStruct | undefined): StringMatch | undefined {
  if (match === undefined) return undefined
  const prefix = textField(match, 'Prefix')
  if (prefix !== '') return { kind: 'prefix', value: prefix }
  const regex = textField(match, 'Regex')
  if (regex !== '') return { kind: 'regex', value: regex }
  return { kind: 'exact', value: textField(match, 'Exact') }
}
