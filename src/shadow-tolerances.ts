import { InputError } from '#faults'
import type { ModelCatalogue, Tolerances } from '#runtime'
import { readPolicyFile } from './policy-file.ts'
import type { ShadowOptions } from './shadow-options.ts'
import { toleranceFaults } from './tolerance-faults.ts'

/** What tolerances are held against. */
export interface ToleranceWorld {
  readonly catalogue: Pick<ModelCatalogue, 'find' | 'list'>
  /** Takes a line for people. */
  readonly warn: (text: string) => void
}

/**
 * How far numbers may lie apart: as the options say, or as the policy says whose file they name.
 *
 * A tolerance for an output that no model has, or that holds no numbers, would be ignored in silence, and the comparison would
 * count by other rules than the policy's. It stops the start where the models stay as they are, and is only a warning where they
 * may be exchanged while they serve: a later model may have the output, and a pod that serves users must not stay down for it.
 *
 * @throws {InputError} where the policy cannot be used, and for outputs that no model has, or can get
 */
export async function settleTolerances(
  { tolerances: given, policyPath, modelsMayChange }: ShadowOptions,
  { catalogue, warn }: ToleranceWorld,
): Promise<Tolerances> {
  const tolerances = policyPath === undefined ? given : await policyTolerances(policyPath)
  const models = catalogue.list().flatMap(({ name, version }) => catalogue.find(name, version) ?? [])
  const faults = toleranceFaults(tolerances.keys(), {
    outputs: models.flatMap(({ signature }) => signature.outputs),
    owner: 'a model served here',
    prefix: policyPath === undefined ? '' : 'signals.shadow.tolerances.',
  })
  if (faults.length === 0) return tolerances
  const subject = policyPath === undefined ? '--shadow-tolerances' : `policy "${policyPath}" for shadowing`
  if (!modelsMayChange) throw new InputError(subject, faults)
  for (const { path, text } of faults) warn(`${subject}, ${path}: ${text}; it counts once a model has it`)
  return tolerances
}

async function policyTolerances(path: string): Promise<Tolerances> {
  const { signals } = await readPolicyFile(path)
  return new Map(Object.entries(signals.shadow?.tolerances ?? {}))
}
