import { OTLPTraceExporter as OtlpGrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as OtlpJsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as OtlpProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { diag } from '@opentelemetry/api';
import { tracing } from '@opentelemetry/sdk-node';
import { toDomainSpan } from './to-domain-span';
import type { Span } from '../../domain/span';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

/** Environment variables by name. */
export type TelemetryEnvironment = Readonly<Record<string, string | undefined>>;

/** The exporters that `OTEL_TRACES_EXPORTER` names: `otlp` unless it is set; none for `none`. */
export function exportersOf(environment: TelemetryEnvironment, endpoint: string | undefined): SpanExporter[] {
  const names = (environment['OTEL_TRACES_EXPORTER'] ?? 'otlp').split(',').map((name) => name.trim());
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
    environment['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] ?? environment['OTEL_EXPORTER_OTLP_PROTOCOL'] ?? 'http/protobuf';
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

/** Hands spans to the stack in the same process, without a wire between. */
export class HandOverExporter implements SpanExporter {
  constructor(private readonly handOver: (spans: readonly Span[]) => Promise<void> | void) {}

  export(spans: ReadableSpan[], done: (result: { code: number; error?: Error }) => void): void {
    Promise.resolve()
      .then(() => this.handOver(spans.map(toDomainSpan)))
      .then(
        () => done({ code: 0 }),
        (error: unknown) => done({ code: 1, error: error instanceof Error ? error : new Error(String(error)) }),
      );
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}
