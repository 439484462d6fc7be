export { COOKIE_KEY } from './handshake.ts'
export { createHclog } from './hclog.ts'
export type { Hclog, HclogOptions, LogFields, LogLevel } from './hclog.ts'
export { decodeGoTime, dateOfGoTime, goTimeOfDate } from './go-time.ts'
export type { GoTime } from './go-time.ts'
export { GobBlob, GobComplex, GobInterface, isGobStruct } from './gob-value.ts'
export type { GobList, GobMap, GobStruct, GobValue } from './gob-value.ts'
export { metricPlugin } from './metric-plugin.ts'
export type { MetricPlugin } from './metric-plugin.ts'
export { ANALYSIS_PHASES } from './measurement.ts'
export type { AnalysisPhase, Measurement, ReceivedMeasurement } from './measurement.ts'
export { pluginConfig } from './metric-view.ts'
export type { AnalysisRun, AnalysisRunSpec, AnalysisRunStatus, Metric, MetricResult } from './metric-view.ts'
export type { ObjectMeta, OwnerReference } from './object-meta.ts'
export type { RpcCall } from './net-rpc.ts'
export { nodePluginProcess } from './node-process.ts'
export { DEFAULT_CONNECTION_LIMITS } from './plugin-connection.ts'
export type { ConnectionLimits } from './plugin-connection.ts'
export type { PluginProcess, PluginSignal } from './plugin-process.ts'
export type { PluginSource } from './plugin-setup.ts'
export { ProtocolError } from './protocol-error.ts'
export type { ProtocolErrorCode } from './protocol-error.ts'
export type {
  CanaryStep,
  CanaryStrategy,
  Rollout,
  RolloutSpec,
  RolloutStatus,
  StepPluginStatus,
  WeightDestination,
} from './rollout-view.ts'
export type { HeaderRoute, MirrorRoute, RouteMatch, StringMatch } from './route-view.ts'
export { servePlugin } from './serve.ts'
export type { PluginService, ServeOptions, ServiceHost } from './serve.ts'
export { stepPlugin } from './step-plugin.ts'
export type { StepContext, StepPlugin, StepResult } from './step-plugin.ts'
export { trafficRouterPlugin } from './traffic-router-plugin.ts'
export type { HashRequest, TrafficRouterPlugin, WeightRequest } from './traffic-router-plugin.ts'
