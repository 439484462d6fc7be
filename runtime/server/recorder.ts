/** What the model server tells whoever keeps its metrics. */
export interface Recorder {
  /**
   * A request was answered.
   *
   * @param endpoint its path, or `unmatched`
   * @param code HTTP status
   */
  request(endpoint: string, code: number): void
  /** The model answered or failed, `seconds` after the request came. Refusals are left out: they would make overload look fast. */
  latency(endpoint: string, seconds: number): void
  /** The model predicted a class. */
  predictedClass(output: string, className: string): void
  /** The model predicted a finite number. */
  predictedValue(output: string, value: number): void
  /** Elements of an output were NaN or infinite. */
  nonFinite(output: string, elements: number): void
}
