import { readFile } from 'node:fs/promises'
import { InputError, schemaFaults } from '#faults'
import { policySchema, type Policy } from '#evidence'
import { fillArguments, type UnfilledArgument } from '#manifest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

import { findPolicyBlock } from './policy-block.ts'

/** As much as a ConfigMap can hold; anything longer is some other file. */
const MAX_POLICY_BYTES = 1024 * 1024

/** Aliases multiply when they are expanded ("billion laughs"); policies hardly use them. */
const MAX_ALIASES = 100

/**
 * Reads a policy from a YAML or JSON file: the keys under `modelgate/slo` of an AnalysisTemplate, or a manifest with that
 * AnalysisTemplate itself.
 *
 * @throws {InputError} with every fault and its path
 */
export async function readPolicyFile(path: string): Promise<Policy> {
  const subject = `policy "${path}"`
  return parsePolicy(await readTextFile(path, subject, MAX_POLICY_BYTES), subject)
}

/**
 * Reads a policy from the text of such a file. Placeholders for arguments take the template's own defaults.
 *
 * @param subject what is read, as a noun phrase; it starts the error message
 * @throws {InputError} with every fault and its path
 */
export function parsePolicy(text: string, subject: string): Policy {
  const block = findPolicyBlock(parseYaml(text, subject), subject)
  const filled = fillArguments(block.value, block.args)
  const unfilled = filled.unfilled.filter(({ path }) => !isHash(path))
  const value = unfilled.length === filled.unfilled.length ? filled.value : withoutHash(filled.value)
  const result = policySchema.safeParse(value)
  if (result.success && unfilled.length === 0) return result.data
  // What a placeholder should not be is no news where it should not be there at all.
  const others = (result.error?.issues ?? []).filter(
    (issue) => !unfilled.some(({ path }) => path.join('\n') === issue.path.join('\n')),
  )
  const faults = schemaFaults(new z.ZodError([...unfilled.map(missingArgument), ...others]), value, block.at)
  throw new InputError(subject, faults)
}

/** Argo fills in which pods are stable; outside of a cluster there are none to name. */
function isHash(path: readonly PropertyKey[]): boolean {
  return path.length === 1 && path[0] === 'stable'
}

function withoutHash(policy: unknown): unknown {
  return typeof policy === 'object' && policy !== null ? { ...policy, stable: undefined } : policy
}

function missingArgument({ name, path }: UnfilledArgument): z.core.$ZodIssue {
  const message = `expected a value, or a default for the argument "${name}" in spec.args of an AnalysisTemplate`
  return { code: 'custom', path: [...path], message }
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

/** The documents of a file, those without content left out. */
function parseYaml(text: string, subject: string): unknown[] {
  const documents = [...parseAllDocuments(text)]
  const faults = documents.flatMap(({ errors }) => errors.map((error) => ({ path: '', text: describe(error) })))
  if (faults.length > 0) throw new InputError(subject, faults)
  try {
    const values = documents.map((document): unknown => document.toJS({ maxAliasCount: MAX_ALIASES }))
    return values.filter((value) => value !== null && value !== undefined)
  } catch (cause) {
    throw new InputError(subject, [{ path: '', text: describe(cause) }], { cause })
  }
}

/** The YAML library goes on with the lines in question after a colon. */
function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split(/:?\n/)[0] ?? cause.message) : String(cause)
}
