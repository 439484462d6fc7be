import { type Fault, InputError } from '#faults'

/** A Rollout of eight lines whose ninth line, where the text begins with a line break, is its first step. */
export function rolloutYaml(steps: string, name = 'iris'): string {
  return [
    'apiVersion: argoproj.io/v1alpha1',
    'kind: Rollout',
    `metadata: { name: ${name} }`,
    'spec:',
    '  strategy:',
    '    canary:',
    '      steps:',
    `      ${steps}`,
  ].join('\n')
}

/** An AnalysisTemplate with one metric of modelgate, whose policy is given as a flow mapping without braces. */
export function templateYaml(policy: string, options: { name?: string; args?: string } = {}): string {
  return [
    'apiVersion: argoproj.io/v1alpha1',
    'kind: AnalysisTemplate',
    `metadata: { name: ${options.name ?? 'slo'} }`,
    'spec:',
    `  args: [${options.args ?? ''}]`,
    '  metrics:',
    '    - name: latency',
    '      provider: { prometheus: { address: http://x, query: up } }',
    '    - name: gate',
    `      provider: { plugin: { modelgate/slo: { ${policy} } } }`,
  ].join('\n')
}

/** The faults with which a reader refuses its input. */
export function faultsOf(read: () => unknown): readonly Fault[] {
  try {
    read()
  } catch (error) {
    if (error instanceof InputError) return error.faults
    throw error
  }
  throw new Error('expected an InputError, received none')
}
