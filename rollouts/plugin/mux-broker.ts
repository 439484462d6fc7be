import { Buffer } from 'node:buffer'
import { ProtocolError } from './protocol-error.ts'
import type { StreamConsumer, YamuxStream } from './yamux-stream.ts'

const ID_BYTES = 4
/** Ids that were handed out and not dialled yet. A client dials at once, so more than a few are of dead calls. */
const MAX_PENDING = 1024

/**
 * Hands out ids for streams that the client then opens: it writes the id as a little-endian uint32, the server echoes
 * the four bytes, and from there the stream belongs to whatever the id was reserved for
 * (https://github.com/hashicorp/go-plugin/blob/main/mux_broker.go).
 */
export class MuxBroker {
  readonly #pending = new Map<number, (stream: YamuxStream) => StreamConsumer>()
  #lastId = 0

  /** @param serve makes the consumer of the stream that will be opened with this id */
  reserve(serve: (stream: YamuxStream) => StreamConsumer): number {
    this.#lastId = (this.#lastId + 1) >>> 0
    const [oldest] = this.#pending.keys()
    if (oldest !== undefined && this.#pending.size >= MAX_PENDING) this.#pending.delete(oldest)
    this.#pending.set(this.#lastId, serve)
    return this.#lastId
  }

  /** Takes a new stream, which begins with the id. */
  accept(stream: YamuxStream): void {
    let head = Buffer.alloc(0)
    stream.attach({
      data: (piece) => {
        head = Buffer.concat([head, piece])
        if (head.length >= ID_BYTES) this.#connect(stream, head)
      },
      end: () => {
        stream.reset()
      },
      reset: () => undefined,
    })
  }

  #connect(stream: YamuxStream, head: Buffer): void {
    const id = head.readUInt32LE()
    const serve = this.#pending.get(id)
    if (serve === undefined) {
      throw new ProtocolError('rpc', `Cannot connect stream ${stream.id}: id ${id} was never handed out, or is in use`)
    }
    this.#pending.delete(id)
    stream.write(head.subarray(0, ID_BYTES))
    stream.refund(ID_BYTES)
    const consumer = serve(stream)
    stream.attach(consumer)
    if (head.length > ID_BYTES) consumer.data(head.subarray(ID_BYTES))
  }
}
