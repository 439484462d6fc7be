import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { planGate, type DecisionPolicy, type GatePlan } from '#decision'
import { InputError } from '#faults'
import { policySchema, type Policy } from '#evidence'
import { choosePolicy, readManifest, type Manifest } from '#manifest'
import { parsePredictionRequest } from '#runtime'
import { readPolicyFile, readTextFile } from '../policy-file.ts'
import { FaultCollector } from './collect-faults.ts'
import { readModelFile, signatureFaults, type ModelFile } from './traffic/model-file.ts'
import type { RehearsalOptions } from './options.ts'
import { checkPrometheus } from './prometheus-evidence.ts'
import { planSteps, type PlannedStep } from './planned-step.ts'
import { readRequestFile, type CheckBody } from './traffic/request-file.ts'
import { scalePolicy } from '../time-scale.ts'

const MAX_MANIFEST_BYTES = 4 * 1024 * 1024
const MAX_REQUEST_FILE_BYTES = 256 * 1024 * 1024

/** What `modelgate runtime` takes in one request by default. */
const MAX_ROWS = 1_024

/** Stands in a policy where a hash would be while the models are not known. */
const UNKNOWN_HASH = 'bbbbbbbbbb'

/** Everything a rehearsal is made of, checked. */
export interface Preparation {
  readonly rollout: string
  readonly namespace: string
  readonly steps: readonly PlannedStep[]
  /** The whole policy, its times divided by the time scale. */
  readonly policy: Policy
  readonly plan: GatePlan
  readonly stable: ModelFile
  readonly candidates: readonly ModelFile[]
  /** Bodies of `POST /predict`. */
  readonly bodies: readonly string[]
  /** What differs from the cluster. */
  readonly notes: readonly string[]
}

/**
 * Reads and checks all inputs before anything is started.
 *
 * @throws {InputError} with every fault of every input, each with its place
 */
export async function prepareRehearsal(
  options: RehearsalOptions,
  now: () => number,
  signal: AbortSignal,
): Promise<Preparation> {
  const faults = new FaultCollector()
  const models = await readModels(options, faults)
  const place = `rollout "${options.rolloutPath}"`
  const manifest = await faults.attempt(place, async () =>
    readManifest(await readTextFile(options.rolloutPath, place, MAX_MANIFEST_BYTES), place),
  )
  const policy = await readPolicy(options, manifest, models, faults)
  const decided = policy === undefined ? undefined : await decide(options, policy, manifest, faults)
  const bodies = await readBodies(options, models, faults)
  checkSlice(options, models, faults)
  await checkOutputs(options, faults)
  await checkSource(options, policy, now, faults, signal)
  faults.refuse('the inputs of the rehearsal')
  const { stable, candidates } = models
  if (stable === undefined || manifest === undefined || decided === undefined || bodies === undefined) {
    throw new TypeError('Cannot rehearse: an input is missing without a fault')
  }
  const { rollout } = manifest
  return {
    rollout: rollout.name,
    namespace: rollout.namespace,
    steps: planSteps(rollout, options.timeScale, decided.plan.signals.shadow !== undefined),
    stable,
    candidates: candidates.flatMap((candidate) => candidate ?? []),
    bodies,
    ...decided,
  }
}

interface Models {
  readonly stable: ModelFile | undefined
  readonly candidates: readonly (ModelFile | undefined)[]
}

async function readModels({ stablePath, candidatePaths }: RehearsalOptions, faults: FaultCollector): Promise<Models> {
  const stable = await faults.attempt(`stable "${stablePath}"`, () => readModelFile(stablePath))
  const candidates: (ModelFile | undefined)[] = []
  for (const path of candidatePaths) {
    const place = `candidate "${path}"`
    const candidate = await faults.attempt(place, () => readModelFile(path))
    candidates.push(candidate)
    if (stable !== undefined && candidate !== undefined) faults.add(place, signatureFaults(stable, candidate))
  }
  return { stable, candidates }
}

/** A slice of an input that is not there would quietly be none. */
function checkSlice({ shadowSlice }: RehearsalOptions, { stable }: Models, faults: FaultCollector): void {
  const [, name] = /^input:([^[]+)/.exec(shadowSlice ?? '') ?? []
  const inputs = stable?.signature.inputs.map((input) => input.name)
  if (name === undefined || inputs === undefined || inputs.includes(name)) return
  const text = `expected an input of the model, ${inputs.map((input) => `"${input}"`).join(' or ')}, received "${name}"`
  faults.add('--shadow-slice', [{ path: '', text }])
}

async function readPolicy(
  { policyPath, rolloutPath }: RehearsalOptions,
  manifest: Manifest | undefined,
  { stable, candidates }: Models,
  faults: FaultCollector,
): Promise<Policy | undefined> {
  if (policyPath !== undefined) return faults.attempt(`policy "${policyPath}"`, () => readPolicyFile(policyPath))
  if (manifest === undefined) return undefined
  const place = `rollout "${rolloutPath}"`
  const hashes = {
    stable: stable?.podTemplateHash ?? UNKNOWN_HASH,
    canary: candidates[0]?.podTemplateHash ?? UNKNOWN_HASH,
  }
  return faults.attempt(place, () => {
    const choice = choosePolicy(manifest, policySchema, hashes, place)
    if (choice !== undefined) return choice.policy
    const text =
      'expected an AnalysisTemplate with provider.plugin."modelgate/slo" beside the Rollout, received none ' +
      '(put it there, or give the policy with --policy)'
    throw new InputError(place, [{ path: '', text }])
  })
}

/** Fits the policy to a rehearsal and says what was changed. */
async function decide(
  { timeScale, policyPath, rolloutPath, shadowShare }: RehearsalOptions,
  given: Policy,
  manifest: Manifest | undefined,
  faults: FaultCollector,
): Promise<Pick<Preparation, 'policy' | 'plan' | 'notes'> | undefined> {
  const notes: string[] = []
  let policy = scalePolicy(given, timeScale)
  if (timeScale !== 1) notes.push(`times of the Rollout and of the policy are divided by ${timeScale}`)
  const { shadow, ...signals } = policy.signals
  const unshadowed = shadow !== undefined && shadowShare === 0
  if (unshadowed) {
    policy = { ...policy, signals }
    notes.push('the policy judges shadow comparisons; --shadow-share 0 makes none, and the other signals are judged')
  }
  const waits = manifest?.rollout.steps.some(({ kind }) => kind !== 'setWeight' && kind !== 'other') ?? false
  if (policy.mode === 'guard' && waits) {
    policy = { ...policy, mode: 'gate' }
    notes.push('the policy is a guard, but steps wait for a verdict: it is used as a gate')
  }
  const place = policyPath === undefined ? `rollout "${rolloutPath}"` : `policy "${policyPath}"`
  const plan = await faults.attempt(place, () => {
    if (unshadowed && Object.values(signals).every((signal) => signal === undefined)) {
      throw new InputError(place, [{ path: 'signals', text: 'expected a signal beside shadow, received none' }])
    }
    return planGate(policy satisfies DecisionPolicy)
  })
  return plan === undefined ? undefined : { policy, plan, notes }
}

async function readBodies(
  { requestsPath }: RehearsalOptions,
  { stable }: Models,
  faults: FaultCollector,
): Promise<string[] | undefined> {
  const place = `requests "${requestsPath}"`
  return faults.attempt(place, async () =>
    readRequestFile(await readTextFile(requestsPath, place, MAX_REQUEST_FILE_BYTES), bodyCheck(stable), place),
  )
}

/** Without a stable model there is nothing to hold the requests against; they are still read for their form. */
function bodyCheck(stable: ModelFile | undefined): CheckBody {
  if (stable === undefined) return () => []
  return (body) => {
    try {
      parsePredictionRequest(Buffer.from(body), stable.signature, MAX_ROWS)
      return []
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      return error.faults
    }
  }
}

/** A rehearsal takes minutes; that its result cannot be written must not be found out at its end. */
async function checkOutputs(options: RehearsalOptions, faults: FaultCollector): Promise<void> {
  const { jsonPath, reportPath, evidencePath } = options
  for (const [option, path] of Object.entries({
    '--json': jsonPath,
    '--report': reportPath,
    '--evidence': evidencePath,
  })) {
    if (path === undefined || path === '-') continue
    await faults.attempt(option, async () => {
      if (!(await isWritable(path))) {
        throw new InputError(option, [{ path: '', text: `expected a file that can be written, received "${path}"` }])
      }
    })
  }
}

async function isWritable(path: string): Promise<boolean> {
  try {
    const found = await stat(path).catch(() => undefined)
    if (found?.isDirectory() === true) return false
    await access(found === undefined ? dirname(path) : path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

async function checkSource(
  { prometheusAddress: address }: RehearsalOptions,
  policy: Policy | undefined,
  now: () => number,
  faults: FaultCollector,
  signal: AbortSignal,
): Promise<void> {
  if (address === undefined) return
  await faults.attempt(`--prometheus "${address}"`, () => checkPrometheus(address, policy?.prometheus, now(), signal))
}
