import { readFile } from 'node:fs/promises'
import { InputError, parseInput } from '#decision'
import { policySchema, type Policy } from '#evidence'
import { parse } from 'yaml'

/** A policy is a page of YAML; anything longer is some other file. */
const MAX_POLICY_BYTES = 256 * 1024

/** What an AnalysisTemplate says where Argo fills in the stable hash; nothing fills it in outside a cluster. */
const PLACEHOLDER = /^\{\{\s*args\.[A-Za-z0-9_-]+\s*\}\}$/

/**
 * Reads a policy from a YAML or JSON file: the keys under `modelgate/slo` of an AnalysisTemplate.
 *
 * @throws {InputError} with every fault and its path
 */
export async function readPolicyFile(path: string): Promise<Policy> {
  const subject = `policy "${path}"`
  const text = await readTextFile(path, subject, MAX_POLICY_BYTES)
  return parseInput(policySchema, withoutUnfilledHash(parseYaml(text, subject)), subject)
}

/** A block copied out of an AnalysisTemplate names the stable pods by an argument; offline there are no pods to name. */
function withoutUnfilledHash(policy: unknown): unknown {
  if (typeof policy !== 'object' || policy === null || !('stable' in policy)) return policy
  const { stable, ...rest } = policy
  return typeof stable === 'string' && PLACEHOLDER.test(stable) ? rest : policy
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
