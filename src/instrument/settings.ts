import { systemClock } from '../base/clock';
import { systemRandom } from '../base/ids';
import { metricsRegistry } from './metrics/registry';
import type { Clock } from '../base/clock';
import type { Random } from '../base/ids';
import type { TokenUsage } from '../domain/usage';
import type { Attributes } from '@opentelemetry/api';
import type { MetricRegistry } from './metrics/registry';

/** Which edition of the GenAI conventions is written: the last of the core repository, the first of its own, or both. */
export const SEMCONV_MODES = ['v1.41', 'v0.1', 'both'] as const;
export type Semconv = (typeof SEMCONV_MODES)[number];

/**
 * Where prompts, answers, tool arguments and results are written: nowhere; to spans, as JSON text; to the conventions'
 * events (log records), in structured form; or to both.
 */
export const CONTENT_CAPTURES = ['off', 'span', 'event', 'both'] as const;
export type ContentCapture = (typeof CONTENT_CAPTURES)[number];

/** Where the message and stack of a failure are written: an event of the span, a log record, or both. */
export const EXCEPTION_SIGNALS = ['span', 'log', 'both'] as const;
export type ExceptionSignal = (typeof EXCEPTION_SIGNALS)[number];

/** What went to a model and came back, in the conventions' form; what is not known is absent. */
export interface ModelContent {
  readonly systemInstructions?: unknown;
  readonly inputMessages?: unknown;
  readonly outputMessages?: unknown;
  readonly toolDefinitions?: unknown;
}

/**
 * Takes the content of every model call at its end, whatever `captureContent` says: to keep it in a store of one's own.
 * The attributes it gives back, e.g. where the content was put, go to the call's span.
 */
export type ContentHook = (
  content: ModelContent,
  call: { readonly traceId: string; readonly spanId: string } | undefined,
) => Attributes | undefined;

/** What a call cost and by which price list. */
export interface PricedCost {
  readonly usd: number;
  /** `name@version` of the price list. */
  readonly catalog: string;
}

/** Prices one call; undefined when the model or a needed count is unknown. */
export type PriceFunction = (
  usage: TokenUsage,
  call: { readonly provider: string; readonly model: string; readonly at: number },
) => PricedCost | undefined;

/** What all instrumentation of the process shares. */
export interface InstrumentationSettings {
  readonly registry: MetricRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly semconv: Semconv;
  /** Where content is written; `true` is `span`, `false` is `off`. Off unless changed. */
  readonly captureContent: boolean | ContentCapture;
  /** Where failures are described. `span` unless changed. */
  readonly exceptions: ExceptionSignal;
  readonly onContent: ContentHook | undefined;
  /** False keeps spans out of histograms' exemplars. */
  readonly exemplars: boolean;
  /** Baggage entries written to spans as attributes, besides those added with `addContext`. */
  readonly baggageAttributes: readonly string[];
  readonly price: PriceFunction | undefined;
}

const initial: InstrumentationSettings = {
  registry: metricsRegistry,
  clock: systemClock,
  random: systemRandom,
  semconv: 'both',
  captureContent: false,
  exceptions: 'span',
  onContent: undefined,
  exemplars: true,
  baggageAttributes: [],
  price: undefined,
};

let current = initial;
let currentGeneration = 0;

/** The settings in force. */
export function settings(): InstrumentationSettings {
  return current;
}

/** Grows with every change; what was bound under an older one is to be bound anew. */
export function settingsGeneration(): number {
  return currentGeneration;
}

/** Changes some settings for the whole process; gives back a function that restores the earlier ones. */
export function configureInstrumentation(changes: Partial<InstrumentationSettings>): () => void {
  const before = current;
  current = { ...current, ...changes };
  currentGeneration++;
  return () => {
    current = before;
    currentGeneration++;
  };
}
