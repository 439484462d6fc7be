// Reads the example models, their requests and scikit-learn's answers, and runs them under ONNX Runtime.
import { readFileSync } from 'node:fs'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { z } from 'zod'

export const FOLDER = new URL('../../runtime/examples/', import.meta.url)
const BATCH_ROWS = 100
const LOG_ERRORS = 3
// ONNX Runtime logs each failed run on standard error; where failing is the point, only the thrown error counts.
export const LOG_FATAL_ONLY = 4

const Rows = z.array(z.array(z.number()))
const Classified = z.strictObject({
  labels: z.string(),
  probabilities: Rows,
  fails: z.array(z.int()).default([]),
  nan: z.array(z.int()).default([]),
})
const Regressed = z.strictObject({ values: z.array(z.number()) })
const IrisAnswers = z.strictObject({
  scikitLearn: z.string(),
  dataset: z.strictObject({ inputs: Rows, labels: z.string(), probabilities: Rows }),
  stable: Classified,
  good: Classified,
  drifted: Classified,
  swapped: Classified,
  slow: Classified,
  failing: Classified,
  nan: Classified,
  'other-signature': Classified,
})
const DigitsAnswers = z.strictObject({ scikitLearn: z.string(), stable: Classified, candidate: Classified })
const DiabetesAnswers = z.strictObject({ scikitLearn: z.string(), stable: Regressed, candidate: Regressed })
const Request = z.strictObject({ inputs: z.array(z.number()) })

export interface Answers {
  /** One digit per row. */
  labels: string
  /** float32, row after row. */
  values: number[]
}

export const read = (path: string) => readFileSync(new URL(path, FOLDER), 'utf8')

export const readIrisAnswers = () => IrisAnswers.parse(JSON.parse(read('iris/expected.json')))
export const readDigitsAnswers = () => DigitsAnswers.parse(JSON.parse(read('digits/expected.json')))
export const readDiabetesAnswers = () => DiabetesAnswers.parse(JSON.parse(read('diabetes/expected.json')))

export function readRequests(example: string): number[][] {
  const lines = read(`${example}/requests.jsonl`).trimEnd().split('\n')
  return lines.map((line) => Request.parse(JSON.parse(line)).inputs)
}

export async function withModel<T>(
  model: string,
  use: (session: InferenceSession) => Promise<T>,
  logSeverityLevel: 3 | 4 = LOG_ERRORS,
): Promise<T> {
  const bytes = readFileSync(new URL(`${model}.onnx`, FOLDER))
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel })
  try {
    return await use(session)
  } finally {
    await session.release()
  }
}

export async function runRows(session: InferenceSession, rows: number[][]): Promise<Answers> {
  const input = new Tensor('float32', Float32Array.from(rows.flat()), [rows.length, rows[0]!.length])
  const { label, probabilities, value } = await session.run({ input })
  const values = (probabilities ?? value)!.data as Float32Array
  return { labels: label === undefined ? '' : (label.data as BigInt64Array).join(''), values: [...values] }
}

export async function runAll(session: InferenceSession, rows: number[][], batchRows = BATCH_ROWS): Promise<Answers> {
  const answers: Answers = { labels: '', values: [] }
  for (let from = 0; from < rows.length; from += batchRows) {
    const { labels, values } = await runRows(session, rows.slice(from, from + batchRows))
    answers.labels += labels
    answers.values.push(...values)
  }
  return answers
}

export const answersOf = (model: string, rows: number[][]) => withModel(model, (session) => runAll(session, rows))

export async function medianRunMs(session: InferenceSession, row: number[], runs: number): Promise<number> {
  const timesMs: number[] = []
  for (let run = 0; run < runs; run += 1) {
    const beganMs = performance.now()
    await runRows(session, [row])
    timesMs.push(performance.now() - beganMs)
  }
  return timesMs.sort((a, b) => a - b)[runs >> 1]!
}
