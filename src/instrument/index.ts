export {
  Instrument,
  InstrumentInference,
  InstrumentParsing,
  InstrumentResponse,
  InstrumentTool,
} from './decorators/instrument';
export type { InferenceOptions, InstrumentDecorator, InstrumentOptions, ToolOptions } from './decorators/options';
export {
  currentTrace,
  instrumentStream,
  recordRecovery,
  recordRetry,
  withParsing,
  withResponse,
  withSpan,
} from './spans/helpers';
export type { CurrentTrace, Retry, StreamOptions } from './spans/helpers';
export { recordUsage, withInference, withTool } from './gen-ai/with-inference';
export type { CallOptions } from './gen-ai/call-options';
export { withAgent, withAgentCreation, withPlan, withWorkflow } from './gen-ai/agents';
export type { AgentRun } from './gen-ai/agents';
export type { Agent, MemoryAccess, Retrieval, UnnamedOptions } from './gen-ai/agent-types';
export { withMemory, withRetrieval } from './gen-ai/knowledge';
export { mcpMeta, withMcpHandler, withMcpRequest, withMcpSession } from './gen-ai/mcp';
export type { McpPeer, McpRequest } from './gen-ai/mcp';
export { recordEvaluation } from './gen-ai/evaluation';
export type { Evaluation } from './gen-ai/evaluation';
export { currentInference } from './gen-ai/inference';
export type { Inference } from './gen-ai/inference';
export type { InferenceRequest, InferenceResponse, ToolCall } from './gen-ai/inference-types';
export { currentOperation } from './spans/operation';
export type { Operation } from './spans/operation';
export type { OperationOptions } from './spans/operation-plan';
export type { ErrorClass, ErrorClassifier, Outcome } from './spans/classify';
export { addContext, captureContext, continueContext, withContext } from './context/propagation';
export type { ContextEntries } from './context/propagation';
export { counterFamily, gaugeFamily, histogramFamily, metricsRegistry } from './metrics/registry';
export type { MetricRegistry } from './metrics/registry';
export { CounterCell, GaugeCell, HistogramCell } from './metrics/cells';
export { CounterFamily, GaugeFamily, HistogramFamily } from './metrics/families';
export { registryTelemetry } from './metrics/registry-telemetry';
export { CONTENT_TYPES, exposeMetrics, negotiateFormat } from './metrics/exposition';
export type { ExpositionFormat } from './metrics/exposition';
export { prometheusName } from './metrics/prometheus-name';
export { configureInstrumentation, settings as instrumentationSettings } from './settings';
export type {
  ContentCapture,
  ContentHook,
  ExceptionSignal,
  InstrumentationSettings,
  ModelContent,
  PriceFunction,
  PricedCost,
  Semconv,
} from './settings';
export { monitorPool } from './pools/monitor-pool';
export type { PoolMonitor } from './pools/monitor-pool';
export type { PoolFigures, PoolProbe } from './pools/probe';
export { monitorRuntime } from './runtime/monitor-runtime';
export type { RuntimeOptions } from './runtime/monitor-runtime';
export { UnknownPoolError } from './errors';
export { instrumentAnthropic } from './gen-ai/clients/anthropic';
export { instrumentOpenAi } from './gen-ai/clients/openai';
