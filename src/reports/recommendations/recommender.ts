import type { PeriodFacts } from '../facts';
import type { Pricer } from '../pricing/pricer';
import type { Thread } from '../pricing/threads';
import type { Recommendation, ReportPeriod } from '../report';
import type { ToolResults } from './tool-results';

/** What problems are looked for in. */
export interface Evidence {
  readonly facts: PeriodFacts;
  readonly period: ReportPeriod;
  readonly pricer: Pricer;
  /** The threads of the period's calls. */
  readonly threads: readonly Thread[];
  /** Tool results with their place in the prompts that carried them. */
  readonly toolResults: ToolResults;
}

/** One kind of advice: looks for its problem in a period and says what to change, or nothing. */
export interface Recommender {
  readonly name: string;
  /** What it looks for, in one sentence. */
  readonly doc: string;
  /** Set where what it counts was read from a share of the traces: its savings are then for all of them. */
  readonly fromDetails?: true;
  /** Pure: the same evidence gives the same advice. */
  find(evidence: Evidence): Recommendation[];
}

/** Declares a recommender; it takes effect once listed in `index.ts`. */
export function defineRecommender(recommender: Recommender): Recommender {
  return recommender;
}

/** A few traces that show it. */
export function traceIdsOf(items: readonly { readonly traceId: string }[]): string[] {
  return few(items.map(({ traceId }) => traceId));
}

/** A few sessions that show it. */
export function sessionsOf(items: readonly { readonly session: string }[]): string[] {
  return few(items.map(({ session }) => session));
}

function few(ids: readonly string[]): string[] {
  const found = new Set<string>();
  for (const id of ids) {
    if (id !== '') found.add(id);
    if (found.size >= 5) break;
  }
  return [...found];
}
