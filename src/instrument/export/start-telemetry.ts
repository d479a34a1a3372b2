import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { NodeSDK, logs, resources } from '@opentelemetry/sdk-node';
import { systemClock } from '../../base/clock';
import { registryTelemetry } from '../metrics/registry-telemetry';
import { settings } from '../settings';
import { installedProvider } from '../spans/ambient';
import { installedLogs, uninstallLogs } from '../spans/log-events';
import { hasTracing } from '../spans/span-source';
import { BoundedBatch } from './bounded-batch';
import { numberFrom, processEnvironment } from './environment';
import { applyEnvironment } from './environment-settings';
import { LogHandOver, SpanHandOver, exportersOf } from './exporters';
import { libraryInstrumentations } from './instrumentations';
import { samplerOf } from './sampler';
import type { BatchOptions } from './bounded-batch';
import type { TelemetryEnvironment } from './environment';
import type { HandOver } from './exporters';
import type { StageRatios } from './stage-sampler';
import type { Millis } from '../../base/clock';
import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import type { Sampler, SpanExporter, SpanLimits, SpanProcessor } from '@opentelemetry/sdk-trace-base';

/** How long a flush or shutdown may take. */
const DEADLINE: Millis = 3_000;

/** How telemetry is to be started. Everything has a default; `OTEL_*` variables hold where nothing is given. */
export interface TelemetryOptions {
  /** The environment, for `OTEL_*` variables; the process's unless given. Exporters read theirs from the process's. */
  readonly environment?: TelemetryEnvironment;
  /** `OTEL_SERVICE_NAME` unless given. */
  readonly serviceName?: string;
  readonly resourceAttributes?: Readonly<Record<string, string>>;
  /** Where OTLP goes, without the signal's path: `http://localhost:4318`. */
  readonly endpoint?: string;
  /** Instead of an exporter by environment. */
  readonly exporter?: SpanExporter;
  /** Gives spans, and log records where it takes them, to the stack in the same process instead of sending them. */
  readonly handOver?: HandOver | HandOver['spans'];
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
  /** Sends what waits of all signals; gives up after `deadline`, three seconds unless given. Never rejects. */
  flush(deadline?: Millis): Promise<void>;
  /** Flushes and stops; gives up after `deadline`, three seconds unless given. Never rejects. */
  shutdown(deadline?: Millis): Promise<void>;
}

/**
 * Starts the OpenTelemetry SDK, before the libraries to be traced are loaded. Where an SDK runs already it is used as it
 * is: a second one would take the first one's spans away.
 */
export function startTelemetry(options: TelemetryOptions = {}): RunningTelemetry {
  const environment = options.environment ?? processEnvironment();
  applyEnvironment(environment);
  if (hasTracing()) return attached();
  if (environment['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') return idle();
  const telemetry = registryTelemetry(settings().registry);
  const handOver = typeof options.handOver === 'function' ? { spans: options.handOver } : options.handOver;
  const exporters =
    options.exporter !== undefined
      ? [options.exporter]
      : handOver !== undefined
        ? [new SpanHandOver(handOver)]
        : exportersOf(environment, options.endpoint);
  const batch = batchOf(environment, options.batch);
  const batches = exporters.map((exporter) => new BoundedBatch(exporter, systemClock, telemetry, batch));
  const sdk = new NodeSDK({
    spanProcessors: [...batches, ...(options.spanProcessors ?? [])],
    sampler: samplerOf(environment, options.sampler, options.stageRatios),
    spanLimits: limitsOf(environment),
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
    ...otherSignals(options, handOver),
    instrumentations:
      options.libraries === false
        ? []
        : libraryInstrumentations(environment['OTEL_NODE_ENABLED_INSTRUMENTATIONS'] !== undefined),
  });
  sdk.start();
  return {
    owned: true,
    flush: (deadline = DEADLINE) =>
      within(deadline, Promise.allSettled([...batches.map((one) => one.forceFlush()), ...flushOthers()])),
    shutdown: async (deadline = DEADLINE) => {
      await within(deadline, sdk.shutdown());
      trace.disable();
      context.disable();
      propagation.disable();
      metrics.disable();
      uninstallLogs();
    },
  };
}

/** How metrics and logs of the SDK leave the process, where that is not left to the environment. */
function otherSignals(
  { otherSignals: wanted }: TelemetryOptions,
  handOver: HandOver | undefined,
): Pick<Partial<NodeSDKConfiguration>, 'metricReaders' | 'logRecordProcessors'> {
  if (handOver?.logs !== undefined) {
    const exporter = new LogHandOver(handOver);
    return { metricReaders: [], logRecordProcessors: [new logs.BatchLogRecordProcessor({ exporter })] };
  }
  return handOver !== undefined || wanted === false ? { metricReaders: [], logRecordProcessors: [] } : {};
}

/** The specification's names for two limits that the SDK knows by names of its own; it reads all others itself. */
function limitsOf(environment: TelemetryEnvironment): SpanLimits {
  const perEvent = numberFrom(environment, 'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', 0);
  const perLink = numberFrom(environment, 'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', 0);
  return {
    ...(perEvent === undefined ? {} : { attributePerEventCountLimit: perEvent }),
    ...(perLink === undefined ? {} : { attributePerLinkCountLimit: perLink }),
  };
}

function batchOf(environment: TelemetryEnvironment, given: BatchOptions | undefined): BatchOptions {
  const queueSize = numberFrom(environment, 'OTEL_BSP_MAX_QUEUE_SIZE', 1);
  const batchSize = numberFrom(environment, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 1);
  const delay = numberFrom(environment, 'OTEL_BSP_SCHEDULE_DELAY', 0);
  const timeout = numberFrom(environment, 'OTEL_BSP_EXPORT_TIMEOUT', 1);
  return {
    ...(queueSize === undefined ? {} : { queueSize }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(delay === undefined ? {} : { delay }),
    ...(timeout === undefined ? {} : { timeout }),
    ...given,
  };
}

function attached(): RunningTelemetry {
  const flush = (deadline: Millis = DEADLINE): Promise<void> =>
    within(deadline, Promise.allSettled([flushOf(installedProvider()), ...flushOthers()]));
  return { owned: false, flush, shutdown: flush };
}

/** Sends what waits of metrics and logs. */
function flushOthers(): Promise<unknown>[] {
  return [flushOf(metrics.getMeterProvider()), flushOf(installedLogs())];
}

/** A provider of the SDK can flush; that of the bare API has nothing to. */
async function flushOf(provider: object | undefined): Promise<void> {
  const flush: unknown = provider === undefined ? undefined : Reflect.get(provider, 'forceFlush');
  if (typeof flush === 'function') await Reflect.apply(flush, provider, []);
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
