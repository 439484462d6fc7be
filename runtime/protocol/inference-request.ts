import { z } from 'zod'
import { type Fault, parseInput } from '#faults'
import type { Job } from '../execution/executor.ts'
import type { Signature } from '../model/signature.ts'
import { makeJob } from './make-job.ts'
import { parseJsonObject } from './parse-json.ts'
import { refuseFaults, REQUEST } from './request-faults.ts'
import { readRequestInputs } from './request-inputs.ts'
import { readWantedOutputs, type WantedOutput } from './wanted-outputs.ts'

const EXAMPLE = '{"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [0]}]}'
const MAX_RANK = 16

const Parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
const Input = z.strictObject({
  name: z.string(),
  shape: z.array(z.int().min(0, 'expected a size of 0 or more')).max(MAX_RANK, `expected at most ${MAX_RANK} sizes`),
  datatype: z.string(),
  parameters: Parameters.optional(),
  data: z.unknown().optional(),
})
const Output = z.strictObject({ name: z.string(), parameters: Parameters.optional() })

/** `$inference_request`; Triton's documents show the model's name in it too, where the path decides. */
const Envelope = z.strictObject({
  id: z.string().optional(),
  model_name: z.string().optional(),
  model_version: z.string().optional(),
  parameters: Parameters.optional(),
  inputs: z.array(Input),
  outputs: z.array(Output).optional(),
})

/** A request for inference, checked against the model's signature. */
export interface InferenceRequest {
  /** What the sender calls the request; to be repeated in the answer. */
  readonly id: string | undefined
  readonly job: Job
  /** In the order in which the answer is to hold them. */
  readonly outputs: readonly WantedOutput[]
}

/**
 * Reads the body of `POST /v2/models/NAME/infer` of the Open Inference Protocol, version 2, with the binary tensor data
 * extension: JSON, and behind it the elements of the inputs that name their size in bytes.
 *
 * @param jsonBytes length of the JSON as the sender says; undefined where all of the body is JSON
 * @param maxRows most rows that one request may bring
 * @throws {InputError} with every fault, its path and the value received
 */
export function parseInferenceRequest(
  body: Buffer,
  jsonBytes: number | undefined,
  signature: Signature,
  maxRows: number,
): InferenceRequest {
  const json = parseJsonObject(body.subarray(0, jsonBytes), EXAMPLE, signature)
  const envelope = parseInput(Envelope, json, REQUEST)
  const faults: Fault[] = []
  const sections = jsonBytes === undefined ? undefined : body.subarray(jsonBytes)
  const feeds = readRequestInputs(envelope.inputs, sections, signature, faults)
  const outputs = readWantedOutputs(envelope.outputs, envelope.parameters, signature, faults)
  refuseFaults(faults)
  return { id: envelope.id, job: makeJob(feeds, signature, maxRows), outputs }
}
