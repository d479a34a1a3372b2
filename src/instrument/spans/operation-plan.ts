import { SpanKind } from '@opentelemetry/api';
import { parseDuration } from '../../base/duration';
import { STAGE_ATTRIBUTE } from '../../domain/stage';
import { NO_STAGE, operationMetrics } from '../metrics/operation-metrics';
import { settings, settingsGeneration } from '../settings';
import type { OperationMetrics } from '../metrics/operation-metrics';
import type { ErrorClassifier } from './classify';
import type { Millis } from '../../base/clock';
import type { Stage } from '../../domain/stage';
import type { Attributes, Link } from '@opentelemetry/api';

/** Options that decorators and helpers share. */
export interface OperationOptions {
  /** The span's name; a decorated method's is `Class.method` unless given. */
  readonly name?: string;
  /** The `operation` label of metrics; the name unless given. Keep it of few values. */
  readonly operation?: string;
  readonly stage?: Stage;
  /** Internal unless given. */
  readonly kind?: 'internal' | 'client' | 'server' | 'producer' | 'consumer';
  /** Attributes that every span of the operation carries. */
  readonly attributes?: Attributes;
  /**
   * Times by name, e.g. `{ slow: '2s' }`, as text or milliseconds. An operation that takes longer gets a span event and
   * counts in `telltale_threshold_exceeded_total`.
   */
  readonly thresholds?: Readonly<Record<string, Millis | string>>;
  /** What an error means; by default aborted work is cancelled and anything else failed. */
  readonly classify?: ErrorClassifier;
  /** Writes CPU time, heap growth and event-loop utilisation of the process during the operation to its span. */
  readonly resources?: boolean;
  /** False leaves out the metrics. */
  readonly metrics?: boolean;
  /** True starts a trace of its own. */
  readonly root?: boolean;
  readonly links?: readonly Link[];
}

const KINDS = {
  internal: SpanKind.INTERNAL,
  client: SpanKind.CLIENT,
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** A named limit of time. */
export interface Threshold {
  readonly name: string;
  readonly limit: Millis;
}

/** An operation's options, worked out once, with its metrics bound. */
export class OperationPlan {
  readonly operation: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly thresholds: readonly Threshold[];
  readonly classifier: ErrorClassifier | undefined;
  readonly resources: boolean;
  readonly root: boolean;
  readonly links: readonly Link[];
  private readonly measured: boolean;
  private bound: OperationMetrics | undefined;
  private boundGeneration = -1;

  constructor(
    readonly name: string,
    readonly options: OperationOptions = {},
  ) {
    this.operation = options.operation ?? name;
    this.kind = KINDS[options.kind ?? 'internal'];
    this.attributes =
      options.stage === undefined
        ? { ...options.attributes }
        : { [STAGE_ATTRIBUTE]: options.stage, ...options.attributes };
    this.thresholds = Object.entries(options.thresholds ?? {}).map(([threshold, limit]) => ({
      name: threshold,
      limit: typeof limit === 'number' ? limit : parseDuration(limit),
    }));
    this.classifier = options.classify;
    this.resources = options.resources ?? false;
    this.root = options.root ?? false;
    this.links = options.links ?? [];
    this.measured = options.metrics ?? true;
  }

  /** The bound cells; undefined where metrics are left out. */
  get metrics(): OperationMetrics | undefined {
    if (this.boundGeneration !== settingsGeneration()) this.bind();
    return this.bound;
  }

  private bind(): void {
    this.boundGeneration = settingsGeneration();
    if (!this.measured) return;
    this.bound = operationMetrics(settings().registry, this.options.stage ?? NO_STAGE, this.operation);
  }
}
