import { InputError } from '#faults'
import type { z } from 'zod'
import type { AnalysisArgument, AnalysisReference } from './analysis-reference.ts'
import type { PolicyBlock } from './analysis-template.ts'
import { fillArguments } from './fill-arguments.ts'
import type { Manifest, ManifestTemplate } from './manifest.ts'
import { parseDocument } from './yaml-documents.ts'

/** Hashes of the two versions, for arguments that ask for them. */
export interface ArmHashes {
  readonly stable: string
  readonly canary: string
}

/** A policy out of a manifest. */
export interface ManifestPolicy<T> {
  /** Where it stands, for people: `AnalysisTemplate iris-slo, metric modelgate`. */
  readonly origin: string
  readonly policy: T
}

/**
 * Finds the policy that the Rollout's own analyses name, or the only one in the file, fills in its `{{args.…}}` and reads it.
 *
 * @param schema of a policy
 * @returns undefined when the file has no policy
 * @throws {InputError} with every fault, its line and its path; also when there are several policies to choose from
 */
export function choosePolicy<T>(
  manifest: Manifest,
  schema: z.ZodType<T>,
  hashes: ArmHashes,
  subject: string,
): ManifestPolicy<T> | undefined {
  const references = analysesOf(manifest)
  const named = new Set(references.flatMap(({ templates }) => templates))
  const all = candidates(manifest.templates)
  const wanted = all.filter(({ template }) => named.has(template.name))
  const choice = wanted.length > 0 ? wanted : all
  if (choice.length > 1) {
    const names = choice.map(({ template, block }) => `${template.name}/${block.metric}`).join(', ')
    throw new InputError(subject, [{ path: '', text: `expected one policy, received ${choice.length} (${names})` }])
  }
  const [only] = choice
  if (only === undefined) return undefined
  const { template, block } = only
  const { document } = template
  const reference = references.find(({ templates }) => templates.includes(template.name))
  const values = argumentValues(template, reference?.args ?? [], manifest, hashes)
  const { value, unfilled } = fillArguments(block.policy, values)
  const faults = unfilled.map(({ name, path }) => ({
    path: `line ${document.lineOf([...block.path, ...path])}`,
    text: `expected a value for the argument "${name}" of template ${template.name}`,
  }))
  if (faults.length > 0) throw new InputError(subject, faults)
  const filled = { value, lineOf: (path: readonly PropertyKey[]) => document.lineOf([...block.path, ...path]) }
  return {
    origin: `AnalysisTemplate ${template.name}, metric ${block.metric}`,
    policy: parseDocument(schema, filled, subject),
  }
}

interface Candidate {
  readonly template: ManifestTemplate
  readonly block: PolicyBlock
}

function candidates(templates: readonly ManifestTemplate[]): Candidate[] {
  return templates.flatMap((template) => template.policies.map((block) => ({ template, block })))
}

function analysesOf({ rollout }: Manifest): AnalysisReference[] {
  const inline = rollout.steps.flatMap((step) => (step.kind === 'analysis' ? [step.analysis] : []))
  return rollout.background === null ? inline : [...inline, rollout.background]
}

function argumentValues(
  template: ManifestTemplate,
  args: readonly AnalysisArgument[],
  manifest: Manifest,
  hashes: ArmHashes,
): Map<string, string> {
  const values = new Map<string, string>()
  for (const [name, value] of template.args) if (value !== null) values.set(name, value)
  for (const argument of args) {
    const value = argumentValue(argument, manifest, hashes)
    if (value !== undefined) values.set(argument.name, value)
  }
  return values
}

function argumentValue(argument: AnalysisArgument, { rollout }: Manifest, hashes: ArmHashes): string | undefined {
  switch (argument.from) {
    case 'value':
      return argument.value
    case 'podTemplateHash':
      return argument.arm === 'Stable' ? hashes.stable : hashes.canary
    case 'field':
      // Other fields exist only on a Rollout that a controller has seen.
      if (argument.fieldPath === 'metadata.name') return rollout.name
      return argument.fieldPath === 'metadata.namespace' ? rollout.namespace : undefined
    case 'nowhere':
      return undefined
  }
}
