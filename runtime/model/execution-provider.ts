import { listSupportedBackends } from 'onnxruntime-node'

/** An execution provider that was asked for and could not be used. */
export interface SkippedProvider {
  readonly name: string
  /** ONNX Runtime's reason. */
  readonly reason: string
}

/** The execution providers that this build of ONNX Runtime knows on this platform; some need libraries that are not part of it. */
export function executionProviders(): string[] {
  return listSupportedBackends().map(({ name }) => name)
}

/** Whether a provider comes with this build, so that only the device and its driver may be missing. */
export function isBundled(provider: string): boolean {
  return listSupportedBackends().some(({ name, bundled }) => name === provider && bundled)
}
