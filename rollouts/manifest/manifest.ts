import { type Fault, InputError } from '#faults'
import { z } from 'zod'
import { analysisTemplateSchema, type AnalysisTemplate } from './analysis-template.ts'
import { rolloutSchema, type Rollout } from './rollout.ts'
import { parseDocument, readYamlDocuments, type YamlDocument } from './yaml-documents.ts'

/** The objects of a manifest that a canary is made of. */
export interface Manifest {
  readonly rollout: Rollout
  readonly templates: readonly ManifestTemplate[]
}

/** An analysis template with the document it stands in, so that faults in its policy can be shown with their line. */
export interface ManifestTemplate extends AnalysisTemplate {
  readonly document: YamlDocument
}

const objectSchema = z.looseObject({ apiVersion: z.string(), kind: z.string() })

/**
 * Reads a file of Kubernetes objects: one Rollout, and the AnalysisTemplates that stand beside it. Other objects pass
 * unread.
 *
 * @param subject what is read, as a noun phrase; it starts the error message
 * @throws {InputError} with every fault, its line and its path
 */
export function readManifest(text: string, subject: string): Manifest {
  const documents = readYamlDocuments(text, subject)
  const rolloutDocuments = documents.filter((document) => isArgo(document, 'Rollout'))
  const faults: Fault[] = []
  const rollouts = collect(rolloutDocuments, faults, (document) =>
    parseDocument(rolloutSchema(document.value), document, subject),
  )
  const templates = collect(
    documents.filter((document) => isArgo(document, 'AnalysisTemplate') || isArgo(document, 'ClusterAnalysisTemplate')),
    faults,
    (document) => ({ ...parseDocument(analysisTemplateSchema, document, subject), document }),
  )
  if (rolloutDocuments.length !== 1) faults.unshift(notOneRollout(documents, rolloutDocuments))
  const [rollout] = rollouts
  if (rollout === undefined || faults.length > 0) throw new InputError(subject, faults)
  return { rollout, templates }
}

function isArgo({ value }: YamlDocument, kind: string): boolean {
  const object = objectSchema.safeParse(value)
  return object.success && object.data.kind === kind && object.data.apiVersion.startsWith('argoproj.io/')
}

function collect<T>(
  documents: readonly YamlDocument[],
  faults: Fault[],
  read: (document: YamlDocument) => T,
): readonly T[] {
  return documents.flatMap((document) => {
    try {
      return [read(document)]
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      faults.push(...error.faults)
      return []
    }
  })
}

function notOneRollout(documents: readonly YamlDocument[], rollouts: readonly YamlDocument[]): Fault {
  if (rollouts.length > 1) {
    const lines = rollouts.map((document) => document.lineOf([])).join(', ')
    return { path: '', text: `expected one Rollout, received ${rollouts.length} (lines ${lines})` }
  }
  const kinds = documents.map(({ value }) => objectSchema.safeParse(value).data?.kind ?? 'something without a kind')
  const received = kinds.length === 0 ? 'an empty file' : [...new Set(kinds)].slice(0, 10).join(', ')
  return { path: '', text: `expected a Rollout of argoproj.io, received ${received}` }
}
