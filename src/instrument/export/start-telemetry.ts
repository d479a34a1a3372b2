import { context, propagation, trace } from '@opentelemetry/api';
import { NodeSDK, resources } from '@opentelemetry/sdk-node';
import { systemClock } from '../../base/clock';
import { registryTelemetry } from '../metrics/registry-telemetry';
import { settings } from '../settings';
import { hasTracing } from '../spans/span-source';
import { BoundedBatch } from './bounded-batch';
import { HandOverExporter, exportersOf } from './exporters';
import { libraryInstrumentations } from './instrumentations';
import { samplerOf } from './sampler';
import type { BatchOptions } from './bounded-batch';
import type { TelemetryEnvironment } from './exporters';
import type { StageRatios } from './stage-sampler';
import type { Millis } from '../../base/clock';
import type { Span } from '../../domain/span';
import type { Sampler, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';

/** How telemetry is to be started. Everything has a default; `OTEL_*` variables hold where nothing is given. */
export interface TelemetryOptions {
  /** The environment, for `OTEL_*` variables. */
  readonly environment?: TelemetryEnvironment;
  /** `OTEL_SERVICE_NAME` unless given. */
  readonly serviceName?: string;
  readonly resourceAttributes?: Readonly<Record<string, string>>;
  /** Where OTLP goes, without the signal's path: `http://localhost:4318`. */
  readonly endpoint?: string;
  /** Instead of an exporter by environment. */
  readonly exporter?: SpanExporter;
  /** Gives spans to the stack in the same process instead of sending them. */
  readonly handOver?: (spans: readonly Span[]) => Promise<void> | void;
  /** Instead of `OTEL_TRACES_SAMPLER`: a share of traces by root, 0 to 1, or a sampler. */
  readonly sampler?: number | Sampler;
  /** Shares to keep of single stages. */
  readonly stageRatios?: StageRatios;
  readonly batch?: BatchOptions;
  /** Further processors, e.g. of another vendor. */
  readonly spanProcessors?: readonly SpanProcessor[];
  /** False leaves libraries alone (HTTP, Express, Nest, undici, database clients). */
  readonly libraries?: boolean;
  /** False sends no OpenTelemetry metrics and logs of libraries. */
  readonly otherSignals?: boolean;
}

/** Telemetry that was started. */
export interface RunningTelemetry {
  /** False when a provider was there before: it is used, and stays its owner's to stop. */
  readonly owned: boolean;
  /** Sends what waits; gives up after `deadline`. Never rejects. */
  flush(deadline?: Millis): Promise<void>;
  /** Flushes and stops; gives up after `deadline`, three seconds unless given. Never rejects. */
  shutdown(deadline?: Millis): Promise<void>;
}

/**
 * Starts the OpenTelemetry SDK, before the libraries to be traced are loaded. Where an SDK runs already it is used as it
 * is: a second one would take the first one's spans away.
 */
export function startTelemetry(options: TelemetryOptions = {}): RunningTelemetry {
  const environment = options.environment ?? {};
  if (hasTracing()) return attached();
  if (environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return idle();
  const telemetry = registryTelemetry(settings().registry);
  const exporters =
    options.exporter !== undefined
      ? [options.exporter]
      : options.handOver !== undefined
        ? [new HandOverExporter(options.handOver)]
        : exportersOf(environment, options.endpoint);
  const batches = exporters.map((exporter) => new BoundedBatch(exporter, systemClock, telemetry, batchOf(options)));
  const local = options.handOver !== undefined || options.otherSignals === false;
  const sampler = samplerOf(environment, options.sampler, options.stageRatios);
  const sdk = new NodeSDK({
    spanProcessors: [...batches, ...(options.spanProcessors ?? [])],
    sampler,
    resource: resources.defaultResource().merge(resources.resourceFromAttributes({ ...options.resourceAttributes })),
    ...(environment['OTEL_NODE_RESOURCE_DETECTORS'] === undefined
      ? {
          resourceDetectors: [
            resources.envDetector,
            resources.hostDetector,
            resources.osDetector,
            resources.processDetector,
          ],
        }
      : {}),
    ...(options.serviceName === undefined ? {} : { serviceName: options.serviceName }),
    ...(local ? { metricReaders: [], logRecordProcessors: [] } : {}),
    instrumentations:
      options.libraries === false
        ? []
        : libraryInstrumentations(environment['OTEL_NODE_ENABLED_INSTRUMENTATIONS'] !== undefined),
  });
  sdk.start();
  return {
    owned: true,
    flush: (deadline = 3_000) => within(deadline, Promise.all(batches.map((batch) => batch.forceFlush()))),
    shutdown: async (deadline = 3_000) => {
      await within(deadline, sdk.shutdown());
      trace.disable();
      context.disable();
      propagation.disable();
    },
  };
}

function batchOf(options: TelemetryOptions): BatchOptions {
  const environment = options.environment ?? {};
  const number = (name: string): number | undefined => {
    const value = Number(environment[name]);
    return environment[name] !== undefined && Number.isFinite(value) && value > 0 ? value : undefined;
  };
  const queueSize = number('OTEL_BSP_MAX_QUEUE_SIZE');
  const batchSize = number('OTEL_BSP_MAX_EXPORT_BATCH_SIZE');
  const delay = number('OTEL_BSP_SCHEDULE_DELAY');
  const timeout = number('OTEL_BSP_EXPORT_TIMEOUT');
  return {
    ...(queueSize === undefined ? {} : { queueSize }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(delay === undefined ? {} : { delay }),
    ...(timeout === undefined ? {} : { timeout }),
    ...options.batch,
  };
}

function attached(): RunningTelemetry {
  const provider: object = trace.getTracerProvider();
  const getDelegate: unknown = Reflect.get(provider, 'getDelegate');
  const delegate: unknown = typeof getDelegate === 'function' ? Reflect.apply(getDelegate, provider, []) : provider;
  const flush = async (deadline: Millis = 3_000): Promise<void> => {
    if (typeof delegate !== 'object' || delegate === null) return;
    const forceFlush: unknown = Reflect.get(delegate, 'forceFlush');
    if (typeof forceFlush === 'function')
      await within(deadline, Promise.resolve(Reflect.apply(forceFlush, delegate, [])));
  };
  return { owned: false, flush, shutdown: flush };
}

function idle(): RunningTelemetry {
  const nothing = (): Promise<void> => Promise.resolve();
  return { owned: true, flush: nothing, shutdown: nothing };
}

/** Waits for `work`, but not longer than the deadline; never rejects. */
async function within(deadline: Millis, work: Promise<unknown>): Promise<void> {
  const stop = new AbortController();
  await Promise.race([work, systemClock.sleep(deadline, stop.signal)]).catch(() => undefined);
  stop.abort();
}
