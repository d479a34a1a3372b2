import { loadNatively } from './native-library';
import { OtlpInbox } from './otlp-inbox';
import type { NativeLibrary } from './native-library';
import type { RunningTelemetry } from '../../src/nest';
import type { Registry } from 'prom-client';

type Environment = Readonly<Record<string, string>>;

/** Starts telemetry again and again in one process, each time by another environment, against an inbox. */
export class TelemetryBench {
  readonly inbox = new OtlpInbox();
  readonly library: NativeLibrary = loadNatively();
  running: RunningTelemetry | undefined;
  private registry: Registry | undefined;
  private restore: (() => void) | undefined;
  private readonly before: Environment;

  constructor() {
    this.before = Object.fromEntries(
      Object.entries(this.library.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
  }

  open(): void {
    this.inbox.clear();
    this.registry = new this.library.client.Registry();
    this.restore = this.library.telltale.configureInstrumentation({ registry: this.registry });
  }

  async close(): Promise<void> {
    this.inbox.silent = false;
    await this.running?.shutdown(1_000);
    this.running = undefined;
    this.library.api.diag.disable();
    this.restore?.();
    const { env } = this.library;
    for (const name of Object.keys(env)) if (name.startsWith('OTEL_')) delete env[name];
    Object.assign(env, this.before);
  }

  /** Starts as an application does that sets nothing in code. */
  start(environment: Environment = {}): RunningTelemetry {
    Object.assign(this.library.env, {
      OTEL_EXPORTER_OTLP_ENDPOINT: this.inbox.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      ...environment,
    });
    this.running = this.library.nest.startTelemetry({ libraries: false });
    return this.running;
  }

  /** Starts, makes one span, and waits until it was sent. */
  async send(environment: Environment, work: () => void = () => undefined): Promise<void> {
    const telemetry = this.start(environment);
    this.library.telltale.withSpan('one', { attributes: { text: 'abcdefghij' } }, work);
    await telemetry.flush();
  }

  /** The exposition of our metrics. */
  exposed(format: 'prometheus' | 'openmetrics' = 'prometheus'): Promise<string> {
    if (this.registry === undefined) throw new Error('nothing is open');
    return this.library.telltale.exposeMetrics(this.registry, format);
  }

  /** The first group of a pattern in the exposition. */
  async metric(pattern: RegExp): Promise<string | undefined> {
    return pattern.exec(await this.exposed())?.[1];
  }

  /** Waits, without anybody flushing, until the inbox has something. */
  async arrival(text = ''): Promise<void> {
    while (!this.inbox.taken.some(({ body }) => body.includes(text))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
