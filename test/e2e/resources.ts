/** The fields of Kubernetes and Argo Rollouts objects that the suite reads. */
export interface Metadata {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly generation: number
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[]
}

export interface EnvVar {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } }
}

export interface Container {
  readonly image: string
  readonly resources?: { readonly limits?: { readonly cpu?: string } }
  readonly env?: readonly EnvVar[]
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
}

export interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> }
  readonly spec: {
    readonly containers: readonly Container[]
    readonly volumes?: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[]
  }
}

export interface ConfigMap {
  readonly data?: Readonly<Record<string, string>>
}

export interface ReplicaSet {
  readonly metadata: Metadata
  readonly spec: {
    readonly replicas?: number
    readonly template: PodTemplate
  }
  readonly status?: {
    readonly replicas?: number
    readonly availableReplicas?: number
    readonly observedGeneration?: number
  }
}

export interface Service {
  readonly metadata: Metadata
  readonly spec: { readonly selector?: Readonly<Record<string, string>> }
}

export interface Ingress {
  readonly metadata: Metadata
  readonly spec: {
    readonly rules?: readonly {
      readonly http?: {
        readonly paths: readonly { readonly backend: { readonly service?: { readonly name: string } } }[]
      }
    }[]
  }
}

export interface Rollout {
  readonly metadata: Metadata
  readonly spec: {
    readonly template: PodTemplate
    readonly strategy: { readonly canary?: { readonly steps?: readonly unknown[] } }
  }
  readonly status?: {
    readonly observedGeneration?: string
    readonly phase?: string
    readonly message?: string
    readonly currentPodHash?: string
    readonly stableRS?: string
    readonly currentStepIndex?: number
    readonly abort?: boolean
    readonly pauseConditions?: readonly { readonly reason: string }[]
    readonly canary?: {
      readonly weights?: { readonly canary: { readonly weight: number } }
      readonly currentStepAnalysisRunStatus?: { readonly name: string; readonly status: string }
      readonly currentBackgroundAnalysisRunStatus?: { readonly name: string; readonly status: string }
      readonly stepPluginStatuses?: readonly {
        readonly index: number
        readonly phase?: string
        readonly message?: string
        readonly executions?: number
      }[]
    }
  }
}

export interface Measurement {
  readonly phase: string
  readonly message?: string
  readonly value?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly resumeAt?: string
}

export interface AnalysisRun {
  readonly metadata: Metadata
  readonly status?: {
    readonly phase?: string
    readonly message?: string
    readonly metricResults?: readonly {
      readonly name: string
      readonly phase: string
      readonly message?: string
      readonly error?: number
      readonly metadata?: Readonly<Record<string, string>>
      readonly measurements?: readonly Measurement[]
    }[]
  }
}

/** Collections of the API, by namespace. */
export const PATHS = {
  rollouts: (namespace: string) => `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/rollouts`,
  analysisRuns: (namespace: string) => `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/analysisruns`,
  replicaSets: (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/replicasets`,
  configMaps: (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`,
  namespaces: '/api/v1/namespaces',
} as const

/** Path of a manifest's object, for server-side apply. */
export function pathOf(manifest: {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}): string {
  const { apiVersion, kind, metadata } = manifest
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const plural = kind === 'Ingress' ? 'ingresses' : `${kind.toLowerCase()}s`
  const scope = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`
  return `${base}${scope}/${plural}/${metadata.name}`
}
