import { PrometheusConnectionOptions, PrometheusDriver } from 'prometheus-query'
import { readMatrix, type RawSeries } from './matrix.ts'
import type { PrometheusConnection } from './prometheus-connection.ts'
import { PrometheusFault, toFault } from './prometheus-fault.ts'
import { SingleFlight } from './single-flight.ts'

/** Largest answer that is read. Larger questions are split by their askers. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/** What is asked of Prometheus. Faults come as {@link PrometheusFault}. */
export interface PrometheusClient {
  /** Address without anything secret, for messages. */
  readonly address: string
  /** Raw samples, by a query that ends in a range such as `[5m]`, at a moment in milliseconds since 1970. */
  rawSeries(query: string, atMs: number, signal: AbortSignal): Promise<readonly RawSeries[]>
  /** Whether a selector has any series at that moment. */
  hasSeries(selector: string, atMs: number, signal: AbortSignal): Promise<boolean>
  /** Values of a label between two moments, of the series of a selector or of all. */
  labelValues(
    label: string,
    selector: string | undefined,
    fromMs: number,
    toMs: number,
    signal: AbortSignal,
  ): Promise<readonly string[]>
}

/**
 * Asks Prometheus, or anything with its query API, through the `prometheus-query` library. The answers to raw samples are
 * read by our own reader before the library turns each sample into objects, which would take most of a look's time.
 */
export function prometheusClient(connection: PrometheusConnection): PrometheusClient {
  const { address, timeoutMs } = connection
  const samples = new SingleFlight<readonly RawSeries[]>()

  return {
    address,
    rawSeries: (query, atMs, signal) =>
      samples.run(`${atMs} ${query}`, signal, (shared) => readSeries(query, atMs, shared)),
    hasSeries: async (selector, atMs, signal) => {
      const query = `count(${selector})`
      const answer = await ask(query, signal, (driver) => driver.instantQuery(query, atMs, `${timeoutMs}ms`))
      return answer.result.length > 0
    },
    labelValues: async (label, selector, fromMs, toMs, signal) => {
      const query = `values of label ${label}${selector === undefined ? '' : ` of ${selector}`}`
      const matches = selector === undefined ? [] : [selector]
      const values: unknown = await ask(query, signal, (driver) => driver.labelValues(label, matches, fromMs, toMs))
      if (Array.isArray(values) && values.every((value) => typeof value === 'string')) return values
      throw new PrometheusFault('unavailable', `Cannot ask Prometheus at ${address}: expected a list for ${query}`)
    },
  }

  async function readSeries(query: string, atMs: number, signal: AbortSignal): Promise<readonly RawSeries[]> {
    let series: readonly RawSeries[] = []
    await ask(
      query,
      signal,
      (driver) => driver.instantQuery(query, atMs, `${timeoutMs}ms`),
      (bytes) => {
        const answer = readMatrix(bytes)
        if (answer.warnings.length > 0) throw new SyntaxError(`half an answer: ${answer.warnings.join('; ')}`)
        if (answer.resultType !== 'matrix') throw new SyntaxError(`expected a matrix, received ${answer.resultType}`)
        series = answer.series
        return { status: answer.status, data: { resultType: 'matrix', result: [] } }
      },
    )
    return series
  }

  async function ask<T>(
    query: string,
    signal: AbortSignal,
    question: (driver: PrometheusDriver) => Promise<T>,
    readAnswer?: (bytes: Uint8Array) => unknown,
  ): Promise<T> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    const once = async () => question(await driver(limit, readAnswer))
    try {
      return await once().catch((error: unknown) => {
        // An idle connection that the other side has closed shows itself only when it is used again.
        if (toFault(error, query, connection).kind === 'connectionLost' && !limit.aborted) return once()
        throw error
      })
    } catch (error) {
      signal.throwIfAborted()
      throw limit.aborted
        ? new PrometheusFault(
            'unavailable',
            `Cannot ask Prometheus at ${address}: no answer within ${timeoutMs} ms, query ${query}`,
          )
        : toFault(error, query, connection)
    }
  }

  /** A driver of its own for every question, since the library has no other way to hand over a signal. */
  async function driver(signal: AbortSignal, readAnswer?: (bytes: Uint8Array) => unknown): Promise<PrometheusDriver> {
    const headers = await connection.headers()
    const options: Partial<PrometheusConnectionOptions> = {
      endpoint: address,
      headers,
      timeout: timeoutMs,
      requestInterceptor: {
        onFulfilled: (request) => ({
          ...request,
          signal,
          httpAgent: connection.httpAgent,
          httpsAgent: connection.httpsAgent,
          maxContentLength: MAX_ANSWER_BYTES,
          // A redirect would carry the headers to another host.
          maxRedirects: 0,
          ...(readAnswer && {
            responseType: 'arraybuffer',
            transformResponse: [(body: Uint8Array, _: unknown, status?: number) => read(body, status, readAnswer)],
          }),
        }),
      },
    }
    return new PrometheusDriver(Object.assign(new PrometheusConnectionOptions(), options))
  }
}

/** An answer with a bad status holds a short text, or the page of some proxy that says nothing more than the status. */
function read(body: Uint8Array, status: number | undefined, readAnswer: (bytes: Uint8Array) => unknown): unknown {
  if (status === 200) return readAnswer(body)
  try {
    const { error } = readMatrix(body)
    return { status: 'error', error }
  } catch (error) {
    if (error instanceof SyntaxError) return { status: 'error' }
    throw error
  }
}
