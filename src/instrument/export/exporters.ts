import { OTLPTraceExporter as OtlpGrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as OtlpJsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as OtlpProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { diag } from '@opentelemetry/api';
import { tracing } from '@opentelemetry/sdk-node';
import { textFrom } from './environment';
import { toDomainLog } from './to-domain-log';
import { toDomainSpan } from './to-domain-span';
import type { TelemetryEnvironment } from './environment';
import type { SdkLogRecord } from './to-domain-log';
import type { LogRecord } from '../../domain/log-record';
import type { Span } from '../../domain/span';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

/** The exporters that `OTEL_TRACES_EXPORTER` names: `otlp` unless it is set; none for `none`. */
export function exportersOf(environment: TelemetryEnvironment, endpoint: string | undefined): SpanExporter[] {
  const names = (textFrom(environment, 'OTEL_TRACES_EXPORTER') ?? 'otlp').split(',').map((name) => name.trim());
  if (names.includes('none')) return [];
  return names.flatMap((name): SpanExporter[] => {
    if (name === 'otlp' || name === '') return [otlpExporter(environment, endpoint)];
    if (name === 'console') return [new tracing.ConsoleSpanExporter()];
    diag.warn(`telltale: OTEL_TRACES_EXPORTER names "${name}", which is not known; otlp, console and none are`);
    return [];
  });
}

function otlpExporter(environment: TelemetryEnvironment, endpoint: string | undefined): SpanExporter {
  const protocol =
    textFrom(environment, 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL') ?? 'http/protobuf';
  const url = endpoint === undefined ? {} : { url: `${endpoint.replace(/\/$/, '')}/v1/traces` };
  switch (protocol) {
    case 'grpc':
      return new OtlpGrpcExporter(endpoint === undefined ? {} : { url: endpoint });
    case 'http/json':
      return new OtlpJsonExporter(url);
    case 'http/protobuf':
      return new OtlpProtoExporter(url);
    default:
      diag.warn(`telltale: the OTLP protocol "${protocol}" is not known; http/protobuf is used`);
      return new OtlpProtoExporter(url);
  }
}

/** Takes telemetry in the same process: a stack's way in. A rejection counts as a failed export. */
export interface HandOver {
  spans(spans: readonly Span[]): Promise<unknown> | void;
  /** Log records, events among them; without it there are none. */
  logs?(records: readonly LogRecord[]): Promise<unknown> | void;
}

/** What exporters call when they are done. */
type Done = (result: { code: number; error?: Error }) => void;

/** Hands spans to the stack in the same process, without a wire between. */
export class SpanHandOver implements SpanExporter {
  constructor(private readonly to: HandOver) {}

  export(spans: ReadableSpan[], done: Done): void {
    settleExport(() => this.to.spans(spans.map(toDomainSpan)), done);
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** Hands log records to the stack in the same process. */
export class LogHandOver {
  constructor(private readonly to: HandOver) {}

  export(records: readonly SdkLogRecord[], done: Done): void {
    settleExport(() => this.to.logs?.(records.map(toDomainLog)), done);
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

function settleExport(work: () => Promise<unknown> | void, done: Done): void {
  Promise.resolve()
    .then(work)
    .then(
      () => done({ code: 0 }),
      (error: unknown) => done({ code: 1, error: error instanceof Error ? error : new Error(String(error)) }),
    );
}
