import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import type { Instrumentation } from '@opentelemetry/instrumentation';

/** Paths of telemetry itself and of probes: traced, a stack in the same process would trace its own intake for ever. */
const OWN_PATHS = /^\/(v1\/(traces|metrics|logs)|metrics|healthz|readyz|api\/v1\/(write|otlp))(\/|\?|$)/;

/**
 * The instrumentations of libraries: those that `OTEL_NODE_ENABLED_INSTRUMENTATIONS` names, else all but the ones that
 * bury a trace in noise (files, name look-ups, sockets, Express middleware) and the one whose spans our own model
 * call wrappers already give.
 */
export function libraryInstrumentations(chosen: boolean): Instrumentation[] {
  const off = { enabled: false };
  return getNodeAutoInstrumentations({
    ...(chosen
      ? {}
      : {
          '@opentelemetry/instrumentation-fs': off,
          '@opentelemetry/instrumentation-dns': off,
          '@opentelemetry/instrumentation-net': off,
          '@opentelemetry/instrumentation-openai': off,
          '@opentelemetry/instrumentation-router': off,
          '@opentelemetry/instrumentation-host-metrics': off,
        }),
    '@opentelemetry/instrumentation-http': {
      ignoreIncomingRequestHook: (request) => OWN_PATHS.test(request.url ?? ''),
      ignoreOutgoingRequestHook: (request) => OWN_PATHS.test(request.path ?? ''),
    },
    '@opentelemetry/instrumentation-undici': {
      ignoreRequestHook: (request) => OWN_PATHS.test(request.path),
    },
    '@opentelemetry/instrumentation-express': {
      ignoreLayers: [/.*/],
    },
  });
}
