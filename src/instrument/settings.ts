import { systemClock } from '../base/clock';
import { systemRandom } from '../base/ids';
import { metricsRegistry } from './metrics/registry';
import type { Clock } from '../base/clock';
import type { Random } from '../base/ids';
import type { TokenUsage } from '../domain/usage';
import type { MetricRegistry } from './metrics/registry';

/** Which edition of the GenAI conventions is written: the last of the core repository, the first of its own, or both. */
export const SEMCONV_MODES = ['v1.41', 'v0.1', 'both'] as const;
export type Semconv = (typeof SEMCONV_MODES)[number];

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
  /** Whether prompts, responses, tool arguments and results are written to spans. */
  readonly captureContent: boolean;
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
