import { InputError } from '#decision'
import type { AnalysisArgument, AnalysisReference } from './analysis-reference.ts'
import type { PolicyBlock } from './analysis-template.ts'
import type { Manifest, ManifestTemplate } from './manifest.ts'

/** Hashes of the two versions, for arguments that ask for them. */
export interface ArmHashes {
  readonly stable: string
  readonly canary: string
}

/** A policy as it stands in a manifest, its placeholders filled in. */
export interface ManifestPolicy {
  /** `AnalysisTemplate iris-slo, metric modelgate`. */
  readonly origin: string
  readonly policy: unknown
  /** Line of a value inside the policy, counted from 1. */
  lineOf(path: readonly PropertyKey[]): number
}

/**
 * Finds the policy that the Rollout's own analyses name, or the only one in the file, and fills in its `{{args.…}}`.
 *
 * @returns undefined when the file has no policy
 * @throws {InputError} when there are several to choose from, or an argument has no value
 */
export function choosePolicy(manifest: Manifest, hashes: ArmHashes, subject: string): ManifestPolicy | undefined {
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
  const reference = references.find(({ templates }) => templates.includes(template.name))
  const values = argumentValues(template, reference?.args ?? [], manifest, hashes)
  return {
    origin: `AnalysisTemplate ${template.name}, metric ${block.metric}`,
    policy: fill(block.policy, values, (name) => {
      const line = template.document.lineOf(block.path)
      throw new InputError(subject, [
        { path: `line ${line}`, text: `expected a value for the argument "${name}" of template ${template.name}` },
      ])
    }),
    lineOf: (path) => template.document.lineOf([...block.path, ...path]),
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

const PLACEHOLDER = /\{\{\s*args\.([^{}\s]+)\s*\}\}/g

/** Argo fills placeholders into the metric's JSON text; they can only stand inside strings there, so strings suffice. */
function fill(value: unknown, values: ReadonlyMap<string, string>, refuse: (name: string) => never): unknown {
  if (typeof value === 'string') {
    return value.replace(PLACEHOLDER, (_, name: string) => values.get(name) ?? refuse(name))
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, values, refuse))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, values, refuse)]))
}
