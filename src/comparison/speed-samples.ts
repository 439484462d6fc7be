import { takeRows, type Tensor } from '#runtime'
import type { NumberedRequest } from './compare-models.ts'

const SAMPLES = 32

/** The first rows of a request file, each as the feeds of a request of its own. */
export async function takeSamples(requests: AsyncIterable<NumberedRequest>): Promise<(readonly Tensor[])[]> {
  const samples: (readonly Tensor[])[] = []
  for await (const { job } of requests) {
    for (let row = 0; row < (job.rows ?? 1); row += 1) {
      samples.push(job.rows === undefined ? job.feeds : job.feeds.map((feed) => takeRows(feed, row, 1)))
      if (samples.length === SAMPLES) return samples
    }
  }
  return samples
}
