import type { Labels } from './counter.ts'
import { JsonCursor } from './json-cursor.ts'

/** Raw samples of one series, oldest first. */
export interface RawSeries {
  /** Labels with the metric's name under `__name__`. */
  readonly labels: Labels
  /** Milliseconds since 1970. */
  readonly timesMs: readonly number[]
  readonly values: readonly number[]
}

/** An answer of Prometheus' query API, samples as numbers. */
export interface MatrixAnswer {
  readonly status: string
  readonly error: string
  /** What the answer may lack, as Prometheus and Thanos say it; VictoriaMetrics sets a flag instead. */
  readonly warnings: readonly string[]
  readonly resultType: string
  readonly series: readonly RawSeries[]
}

const MAX_SERIES = 200_000

/**
 * Reads the JSON of an instant query for a range of raw samples.
 *
 * @throws {SyntaxError} for anything else, with the offset
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/#range-vectors
 */
export function readMatrix(bytes: Uint8Array): MatrixAnswer {
  const cursor = new JsonCursor(bytes)
  const answer = { status: '', error: '', warnings: [] as string[], resultType: '', series: [] as RawSeries[] }
  cursor.object((key) => {
    if (key === 'status' || key === 'error') answer[key] = cursor.string()
    else if (key === 'warnings') readWarnings(cursor, answer.warnings)
    else if (key === 'isPartial') readPartial(cursor, answer.warnings)
    else if (key === 'data') readData(cursor, answer)
    else cursor.skip()
  })
  cursor.end()
  return answer
}

function readData(cursor: JsonCursor, answer: { resultType: string; series: RawSeries[] }): void {
  cursor.object((key) => {
    if (key === 'resultType') answer.resultType = cursor.string()
    else if (key !== 'result') cursor.skip()
    else {
      cursor.array(() => {
        if (answer.series.length === MAX_SERIES) throw new SyntaxError(`Cannot read more than ${MAX_SERIES} series`)
        answer.series.push(readSeries(cursor))
      })
    }
  })
}

function readSeries(cursor: JsonCursor): RawSeries {
  const labels = Object.create(null) as Record<string, string>
  const timesMs: number[] = []
  const values: number[] = []
  cursor.object((key) => {
    if (key === 'metric') {
      cursor.object((label) => {
        labels[label] = cursor.string()
      })
    } else if (key === 'values') {
      cursor.samples(timesMs, values)
    } else {
      cursor.skip()
    }
  })
  return { labels, timesMs, values }
}

function readWarnings(cursor: JsonCursor, warnings: string[]): void {
  cursor.array(() => {
    warnings.push(cursor.string())
  })
}

function readPartial(cursor: JsonCursor, warnings: string[]): void {
  if (cursor.boolean()) warnings.push('the answer is partial')
}
