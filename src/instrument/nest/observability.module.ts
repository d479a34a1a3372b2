import { Inject, Module } from '@nestjs/common';
import { startTelemetry } from '../export/start-telemetry';
import { registryTelemetry } from '../metrics/registry-telemetry';
import { monitorRuntime } from '../runtime/monitor-runtime';
import { configureInstrumentation, settings } from '../settings';
import { metricsController } from './metrics.controller';
import { METRICS_REGISTRY, OBSERVABILITY_OPTIONS, RUNNING_TELEMETRY, TELEMETRY } from './tokens';
import type { ObservabilityOptions, ObservabilityRoutes } from './tokens';
import type { InstrumentationSettings } from '../settings';
import type { RunningTelemetry } from '../export/start-telemetry';
import type { DynamicModule, FactoryProvider, ModuleMetadata, OnApplicationShutdown, Provider } from '@nestjs/common';

/** Options that are made by a factory, with what it injects. */
export interface ObservabilityAsyncOptions extends ObservabilityRoutes {
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  readonly inject?: NonNullable<FactoryProvider['inject']>;
  readonly useFactory: (...injected: never[]) => ObservabilityOptions | Promise<ObservabilityOptions>;
}

/**
 * Observability of a Nest application: settings of the decorators, process metrics, the exposition at `/metrics`, and
 * the SDK where none runs. Flushes at shutdown (enable Nest's shutdown hooks). In tests, override
 * `OBSERVABILITY_OPTIONS` to change everything at once.
 */
@Module({})
export class ObservabilityModule implements OnApplicationShutdown {
  constructor(@Inject(RUNNING_TELEMETRY) private readonly running: RunningTelemetry) {}

  static forRoot(options: ObservabilityOptions & ObservabilityRoutes = {}): DynamicModule {
    return describe(options, [{ provide: OBSERVABILITY_OPTIONS, useValue: options }], []);
  }

  static forRootAsync(options: ObservabilityAsyncOptions): DynamicModule {
    const { useFactory, inject = [] } = options;
    const factory = (...injected: unknown[]): unknown => Reflect.apply(useFactory, undefined, injected);
    return describe(options, [{ provide: OBSERVABILITY_OPTIONS, useFactory: factory, inject }], options.imports ?? []);
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.running.owned) await this.running.shutdown();
    else await this.running.flush();
  }
}

function describe(
  routes: ObservabilityRoutes,
  providers: Provider[],
  imports: NonNullable<ModuleMetadata['imports']>,
): DynamicModule {
  const path = routes.metricsPath ?? 'metrics';
  return {
    module: ObservabilityModule,
    global: routes.global ?? true,
    imports,
    controllers: path === false ? [] : [metricsController(path)],
    providers: [
      ...providers,
      { provide: RUNNING_TELEMETRY, useFactory: start, inject: [OBSERVABILITY_OPTIONS] },
      // What is injected after the settings are in force is what they say.
      { provide: METRICS_REGISTRY, useFactory: () => settings().registry, inject: [RUNNING_TELEMETRY] },
      { provide: TELEMETRY, useFactory: registryTelemetry, inject: [METRICS_REGISTRY] },
    ],
    exports: [METRICS_REGISTRY, TELEMETRY, RUNNING_TELEMETRY],
  };
}

function start(options: ObservabilityOptions): RunningTelemetry {
  const { tracing, runtime } = options;
  const explicit = settingsOf(options);
  configureInstrumentation(explicit);
  if (runtime !== false) monitorRuntime({ registry: settings().registry, ...runtime });
  const running =
    tracing === false ? startTelemetry({ environment: { OTEL_SDK_DISABLED: 'true' } }) : startTelemetry(tracing);
  // What the environment says holds only where the options say nothing.
  configureInstrumentation(explicit);
  return running;
}

/** The settings among the options; routes and the rest are not for the decorators. */
function settingsOf(options: ObservabilityOptions): Partial<InstrumentationSettings> {
  const { tracing: _tracing, runtime: _runtime, ...all } = options;
  const known = new Set(Object.keys(settings()));
  return Object.fromEntries(Object.entries(all).filter(([key, value]) => known.has(key) && value !== undefined));
}
