import { readFile } from 'node:fs/promises'
import { InputError, parseInput } from '#decision'
import { policySchema, type Policy } from '#evidence'
import { parse } from 'yaml'

/** A policy is a page of YAML; anything longer is some other file. */
const MAX_POLICY_BYTES = 256 * 1024

/**
 * Reads a policy from a YAML or JSON file: the keys under `modelgate/slo` of an AnalysisTemplate.
 *
 * @throws {InputError} with every fault and its path
 */
export async function readPolicyFile(path: string): Promise<Policy> {
  const subject = `policy "${path}"`
  const text = await readTextFile(path, subject, MAX_POLICY_BYTES)
  return parseInput(policySchema, parseYaml(text, subject), subject)
}

/** @throws {InputError} that says why the file cannot be read, or that it is too large */
export async function readTextFile(path: string, subject: string, maxBytes: number): Promise<string> {
  let text: Buffer
  try {
    text = await readFile(path)
  } catch (cause) {
    throw new InputError(subject, [{ path: '', text: describe(cause) }], { cause })
  }
  if (text.length > maxBytes) {
    throw new InputError(subject, [{ path: '', text: `expected at most ${maxBytes} bytes, received ${text.length}` }])
  }
  return text.toString('utf8')
}

function parseYaml(text: string, subject: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100 })
  } catch (cause) {
    throw new InputError(subject, [{ path: '', text: describe(cause) }], { cause })
  }
}

function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split('\n')[0] ?? cause.message) : String(cause)
}
