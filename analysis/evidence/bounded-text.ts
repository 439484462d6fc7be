/** The part of a `fetch` response that is read here, so that tests need no network. */
export interface TextBody {
  readonly body: ReadableStream<Uint8Array> | null
}

/**
 * Reads a response's body as UTF-8 without ever holding more than the limit.
 *
 * @throws {RangeError} as soon as the body is longer than `maxBytes`; the connection is given up
 */
export async function readBoundedText({ body }: TextBody, maxBytes: number): Promise<string> {
  if (body === null) return ''
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new RangeError(`the answer is longer than ${maxBytes} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
