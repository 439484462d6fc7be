import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Fault, InputError } from '#faults'
import {
  connectPrometheus,
  prometheusClient,
  PrometheusFault,
  prometheusSource,
  type EvidenceSource,
  type Policy,
  type PrometheusClient,
  type PrometheusConnection,
  type PrometheusSourceOptions,
} from '#evidence'
import { openDiscovery, type Discovery } from './traffic/discovery.ts'
import type { EvidenceRequest } from './rehearse-candidate.ts'

const POLL_MS = 500
const TIMEOUT_MS = 10_000

export interface PrometheusEvidenceOptions {
  readonly address: string
  /** Settings of the connection, such as a token; the policy's address is not used. */
  readonly policy: Pick<Policy, 'prometheus' | 'labels'>
  readonly namespace: string
  readonly targetsPath: string
  readonly discoveryPort: number | undefined
  /** How long Prometheus may take to find and scrape new pods, milliseconds. */
  readonly patienceMs: number
  readonly now: () => number
}

/** A Prometheus that answers. */
export interface PrometheusEvidence {
  /**
   * Tells Prometheus what to scrape and waits until it does.
   *
   * @throws {InputError} with the configuration to add when it does not
   */
  open(
    request: EvidenceRequest,
    arms: Pick<PrometheusSourceOptions, ArmOption>,
    signal: AbortSignal,
  ): Promise<EvidenceSource>
  close(): Promise<void>
}

type ArmOption = 'profile' | 'needs' | 'stableHash' | 'canaryHash' | 'scrapeIntervalMs'

/**
 * Asks a Prometheus whether it is there.
 *
 * @param settings of the connection, such as a token; the address in them is not used
 * @throws {InputError} where it does not answer, or files of the connection cannot be read
 */
export async function checkPrometheus(
  address: string,
  settings: Policy['prometheus'],
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  const connection = await connect(address, settings)
  try {
    await prometheusClient(connection).hasSeries('up', nowMs, signal)
  } catch (cause) {
    if (!(cause instanceof PrometheusFault)) throw cause
    throw new InputError('Prometheus', [{ path: '', text: lowerFirst(cause.message) }], { cause })
  } finally {
    connection.close()
  }
}

/**
 * Opens the ways in which the user's Prometheus learns of targets, and the connection to it.
 *
 * @throws {InputError} where a port or file of either cannot be used
 */
export async function connectEvidence(options: PrometheusEvidenceOptions): Promise<PrometheusEvidence> {
  const { address, policy, targetsPath, discoveryPort, namespace } = options
  const connection = await connect(address, policy.prometheus)
  const discovery = await openDiscovery({ path: targetsPath, port: discoveryPort, labels: policy.labels, namespace })
  const opened = { ...options, client: prometheusClient(connection), discovery }
  return {
    open: (request, arms, signal) => openSource(opened, request, arms, signal),
    close: async () => {
      connection.close()
      await discovery.close()
    },
  }
}

function connect(address: string, settings: Policy['prometheus']): Promise<PrometheusConnection> {
  return connectPrometheus({ timeout: TIMEOUT_MS, headers: {}, ...settings, address }, (path) => readFile(path, 'utf8'))
}

type Opened = PrometheusEvidenceOptions & { readonly client: PrometheusClient; readonly discovery: Discovery }

async function openSource(
  options: Opened,
  { targets, weightAt }: EvidenceRequest,
  arms: Pick<PrometheusSourceOptions, ArmOption>,
  signal: AbortSignal,
): Promise<EvidenceSource> {
  const { client, discovery, policy, now, namespace } = options
  await discovery.publish(targets)
  const endMs = now() + options.patienceMs
  for (const { pod } of targets) {
    const query = `up{${policy.labels.pod}="${pod}"} == 1`
    while (!(await client.hasSeries(query, now(), signal))) {
      if (now() > endMs) throw new InputError('Prometheus', notScraped(options, query))
      await sleep(POLL_MS, undefined, { signal })
    }
  }
  return prometheusSource({
    client,
    labels: policy.labels,
    namespace,
    weightAt,
    fromMs: now(),
    historyMs: 0,
    ...arms,
  })
}

function notScraped({ address, targetsPath, discoveryPort }: Opened, query: string): Fault[] {
  const discovery =
    discoveryPort === undefined
      ? ['    file_sd_configs:', `      - files: ['${targetsPath}']`]
      : ['    http_sd_configs:', `      - url: http://127.0.0.1:${discoveryPort}/`]
  const snippet = ['scrape_configs:', '  - job_name: modelgate-rehearsal', '    scrape_interval: 1s', ...discovery]
  const text = [
    `expected it to scrape the rehearsed pods, received nothing for ${query}; add this to its configuration, reload it and`,
    'rehearse again:',
  ].join(' ')
  return [{ path: `at ${address}`, text: [text, ...snippet.map((line) => `    ${line}`)].join('\n') }]
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
