import type { EpochMillis } from '../../base/clock';
import type { LedgerRow } from '../../domain/ledger';
import type { Span } from '../../domain/span';
import type { Stage } from '../../domain/stage';

/** The problems that can be planted into a generated week, by the kind of advice they call for. */
export const PLANTS = [
  'prompt-cache-broken',
  'oversized-tool-results',
  'repeated-reads',
  'retry-storm',
  'model-too-large',
  'batch-window',
  'pool-too-small',
  'cache-forgets',
  'slow-query',
  'connection-reuse',
] as const;
export type Plant = (typeof PLANTS)[number];

/** The stage that each problem belongs to. */
export const STAGES: Readonly<Record<Plant, Stage>> = {
  'prompt-cache-broken': 'inference',
  'oversized-tool-results': 'tool',
  'repeated-reads': 'tool',
  'retry-storm': 'inference',
  'model-too-large': 'inference',
  'batch-window': 'inference',
  'pool-too-small': 'tool',
  'cache-forgets': 'tool',
  'slow-query': 'tool',
  'connection-reuse': 'tool',
};

/** The size of things in a generated week, and what they are called. */
export interface WeekShape {
  /** How many sessions and requests there are, against the usual. */
  readonly traffic: number;
  readonly provider: string;
  /** Models of the conversation, of small tasks, and of small tasks where they run on too large a one. */
  readonly models: { readonly main: string; readonly small: string; readonly large: string };
  readonly service: string;
  readonly agent: string;
  /** What tools are called: what reads, searches, changes, tests and fetches. */
  readonly tools: readonly [read: string, search: string, edit: string, test: string, fetch: string];
  /** Sizes of usual results and times of tools, against the usual. */
  readonly resultFactor: number;
  readonly timeFactor: number;
  /** Bytes of an oversized result, at least and at most; and which share of the results of the search is one. */
  readonly oversized: { readonly from: number; readonly to: number; readonly share: number };
  /** Share of reads that are followed by a read of the same again. */
  readonly repeats: number;
  /** Share of prompts whose prefix is broken, from which call on. */
  readonly breaks: { readonly share: number; readonly from: number };
  /** Attempts of a storm, at least, and the pause between two. */
  readonly storm: { readonly attempts: number; readonly pauseMs: number };
  readonly database: string;
  readonly slowStatementMs: number;
  readonly host: string;
  readonly connectMs: number;
  readonly pool: { readonly name: string; readonly limit: number; readonly room: number; readonly serviceMs: number };
  readonly batcher: { readonly name: string; readonly windowMs: number };
  readonly cache: { readonly name: string; readonly lifetimeMinutes: number };
}

/** The usual week. */
export const USUAL_SHAPE: WeekShape = {
  traffic: 1,
  provider: 'anthropic',
  models: { main: 'claude-sonnet-4-5', small: 'claude-haiku-4-5', large: 'claude-opus-4-5' },
  service: 'assistant',
  agent: 'classifier',
  tools: ['read_file', 'search_code', 'edit_file', 'run_tests', 'fetch_docs'],
  resultFactor: 1,
  timeFactor: 1,
  oversized: { from: 90_000, to: 150_000, share: 0.07 },
  repeats: 0.5,
  breaks: { share: 0.6, from: 4 },
  storm: { attempts: 6, pauseMs: 150 },
  database: 'postgresql',
  slowStatementMs: 900,
  host: 'docs.internal',
  connectMs: 88,
  pool: { name: 'database', limit: 3, room: 12, serviceMs: 7_500 },
  batcher: { name: 'embeddings', windowMs: 600 },
  cache: { name: 'file-summaries', lifetimeMinutes: 13 },
};

/** How a generated week is to be. */
export interface WeekOptions {
  readonly seed: number;
  readonly plants: ReadonlySet<Plant>;
  readonly start: EpochMillis;
  readonly days: number;
  readonly shape: WeekShape;
  /** With the span metrics that the way in would have counted; there are many. */
  readonly spanMetrics?: boolean;
}

/** A sample of a series: name with labels in PromQL's notation is kept apart. */
export interface WeekSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly t: EpochMillis;
  readonly value: number;
}

/** Everything that an assistant told in a generated week, and what it cost and waited in all. */
export interface Week {
  readonly start: EpochMillis;
  readonly end: EpochMillis;
  readonly calls: readonly LedgerRow[];
  readonly spans: readonly Span[];
  readonly samples: readonly WeekSample[];
  /** All time that the planted problems could have touched: calls, pauses of retries, tools, waits, loads. */
  readonly totalMs: number;
}

const HOUR = 3_600_000;

/** How busy an hour is, from 0 to 1: nights are quiet, two peaks a day, half on weekends. */
export function activity(at: EpochMillis): number {
  const hour = (at / HOUR) % 24;
  const day = Math.floor(at / (24 * HOUR)) % 7;
  const peak = (centre: number): number => Math.exp(-((hour - centre) ** 2) / 6);
  return (0.04 + 0.96 * Math.min(1, peak(10) + 0.9 * peak(15))) * (day === 2 || day === 3 ? 0.5 : 1);
}
