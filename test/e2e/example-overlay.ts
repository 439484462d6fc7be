import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Stage } from './stage.ts'

const EXAMPLE = join(import.meta.dirname, '../../manifests/examples/iris')

/** Seconds instead of minutes, and a margin that a hundred requests can prove; shadowing and budgets stay as they are. */
const POLICY = '/spec/metrics/0/provider/plugin/modelgate~1slo'

/**
 * Applies manifests/examples/iris as its users do: with `kubectl apply -k` and an overlay, which gives the namespace and the tag
 * of the image, and changes what the test needs.
 */
export async function applyExample(stage: Stage, tag: string): Promise<void> {
  const folder = join(stage.world.folder, `${stage.namespace}-overlay`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(overlay(stage, folder, tag), null, 2))
  await stage.world.kubectl(stage.namespace, 'apply', '-k', folder)
}

function overlay({ namespace, prometheus }: Stage, folder: string, tag: string): object {
  const replace = (path: string, value: unknown) => ({ op: 'replace', path, value })
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace,
    resources: [relative(folder, EXAMPLE)],
    images: [{ name: 'registry.example.com/iris', newTag: tag }],
    patches: [
      patch('Rollout', [
        replace('/spec/replicas', 1),
        { op: 'add', path: '/spec/strategy/canary/abortScaleDownDelaySeconds', value: 1 },
        { op: 'add', path: '/spec/strategy/canary/scaleDownDelaySeconds', value: 1 },
      ]),
      patch('AnalysisTemplate', [
        replace(`${POLICY}/prometheus/address`, prometheus.address),
        { op: 'add', path: `${POLICY}/scrapeInterval`, value: '1s' },
        replace(`${POLICY}/signals/errorRate`, { max: 0.05, tolerance: 2, margin: 0.05 }),
        { op: 'remove', path: `${POLICY}/signals/latency` },
        replace(`${POLICY}/step`, { soak: '3s', deadline: '2m', minRequests: 100 }),
      ]),
    ],
  }
}

function patch(kind: string, operations: readonly object[]): object {
  return { target: { kind }, patch: JSON.stringify(operations) }
}
