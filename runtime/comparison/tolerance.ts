import type { ElementType } from '../model/element-type.ts'
import { ulpDistance } from './ulp-distance.ts'

/** How far two numbers may lie apart and still count as equal: `|a - b| <= absolute + relative * |stable|`, or within `ulps`. */
export interface Tolerance {
  readonly absolute: number
  readonly relative: number
  /** Units in the last place, of the output's own element type. */
  readonly ulps: number
}

/** Tolerances by the output's name. */
export type Tolerances = ReadonlyMap<string, Tolerance>

/**
 * For numbers that are the prediction itself (a regression) where the policy names no tolerance: what the same model may give
 * after a conversion to half precision, PyTorch's defaults for float16 (https://docs.pytorch.org/docs/stable/testing.html). A
 * model that was trained again differs by more, and how much is too much only its owner knows.
 */
export const DEFAULT_TOLERANCE: Tolerance = { absolute: 1e-5, relative: 1e-3, ulps: 0 }

/** An element of a numeric tensor; 64-bit integers are bigint. */
export type NumericElement = number | bigint

/**
 * Whether two numbers count as equal. NaN equals NaN and an infinity equals itself; on one side alone neither is ever within
 * a tolerance.
 */
export function isWithin(
  stable: NumericElement,
  canary: NumericElement,
  tolerance: Tolerance,
  type: ElementType,
): boolean {
  if (isSame(stable, canary)) return true
  const gap = Math.abs(difference(stable, canary))
  if (!Number.isFinite(gap)) return false
  if (gap <= tolerance.absolute + tolerance.relative * Math.abs(Number(stable))) return true
  return tolerance.ulps > 0 && ulpDistance(stable, canary, type) <= tolerance.ulps
}

/** Whether two elements are one value: NaN is NaN here. */
export function isSame(stable: NumericElement, canary: NumericElement): boolean {
  return stable === canary || (Number.isNaN(stable) && Number.isNaN(canary))
}

/** Canary less stable. 64-bit integers are subtracted before they are rounded to a float64, which cannot hold them. */
export function difference(stable: NumericElement, canary: NumericElement): number {
  if (typeof stable === 'bigint' && typeof canary === 'bigint') return Number(canary - stable)
  return Number(canary) - Number(stable)
}

/** For a message: `absolute 0.00001, relative 0.001`. */
export function describeTolerance({ absolute, relative, ulps }: Tolerance): string {
  const parts = [
    ...(absolute > 0 ? [`absolute ${absolute}`] : []),
    ...(relative > 0 ? [`relative ${relative}`] : []),
    ...(ulps > 0 ? [`${ulps} ulps`] : []),
  ]
  return parts.length === 0 ? 'no difference' : parts.join(', ')
}
