import type { EpochMillis } from '../../base/clock';
import { providerOfModel } from '../../domain/gen-ai';
import type { LedgerRow } from '../../domain/ledger';
import { replayCache } from '../pricing/cache-replay';
import type { CacheLifetime } from '../pricing/cache-replay';
import type { Pricer } from '../pricing/pricer';
import { threadsOf } from '../pricing/threads';
import { groupBy } from '../sections/group';

/** What is taken otherwise; what is left out stays as it was. */
export interface WhatIf {
  /** All calls on this model. */
  readonly model?: string;
  /** Only calls of this model are changed; all without. */
  readonly of?: string;
  /** By the prices of this instant. */
  readonly pricedAt?: EpochMillis;
  /** Another lifetime of the prompt cache, or none. */
  readonly cache?: CacheLifetime;
  /** Another service tier, e.g. `batch`. */
  readonly tier?: string;
}

/** What a group of calls costs, as it was and otherwise. US dollars by list price. */
export interface WhatIfRow {
  readonly name: string;
  readonly calls: number;
  readonly before: number;
  readonly after: number;
}

/** What a period would have cost otherwise. */
export interface WhatIfResult {
  readonly total: WhatIfRow;
  /** The greatest difference first. */
  readonly byModel: readonly WhatIfRow[];
  readonly bySession: readonly WhatIfRow[];
  /** Calls without a price on one side: left out of both. */
  readonly unpriced: number;
  readonly notes: readonly string[];
}

const MOST_SESSIONS = 20;

/**
 * Prices calls anew, each with the tokens that it used. Another model is taken to need the same tokens, which holds for
 * models with the same tokenizer alone; notes say so.
 */
export function whatIf(calls: readonly LedgerRow[], change: WhatIf, pricer: Pricer): WhatIfResult {
  const usages = change.cache === undefined ? undefined : usagesUnder(calls, change.cache);
  let unpriced = 0;
  const priced = calls.flatMap((row) => {
    const model = row.responseModel || row.requestModel;
    const before = pricer.cost(row);
    const affected = change.of === undefined || change.of === model;
    const usage = usages?.get(row.id);
    const after = affected
      ? pricer.cost(row, {
          ...(usage === undefined ? {} : { usage }),
          ...(change.model === undefined
            ? {}
            : { model: change.model, provider: providerOfModel(change.model) ?? row.provider }),
          ...(change.pricedAt === undefined ? {} : { at: change.pricedAt }),
          ...(change.tier === undefined ? {} : { tier: change.tier }),
        })
      : before;
    if (before === undefined || after === undefined) {
      if (row.usage.input !== undefined) unpriced++;
      return [];
    }
    return [{ model, session: row.session, before, after }];
  });
  const rows = (key: (item: (typeof priced)[number]) => string): WhatIfRow[] =>
    [...groupBy(priced, key)]
      .map(([name, group]) => sumOf(name || '(unknown)', group))
      .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before));
  return {
    total: sumOf('all', priced),
    byModel: rows(({ model }) => model),
    bySession: rows(({ session }) => session).slice(0, MOST_SESSIONS),
    unpriced,
    notes: [
      ...(change.model === undefined
        ? []
        : [`${change.model} is taken to use as many tokens; another tokenizer or a longer answer changes that.`]),
      ...(change.cache === undefined || change.cache === 'none'
        ? []
        : ['A prefix that was broken stays broken: only what ran out, or was never kept, is found in the cache.']),
      ...(unpriced === 0 ? [] : [`${unpriced} calls have no known price on one side and are left out.`]),
    ],
  };
}

function usagesUnder(calls: readonly LedgerRow[], lifetime: CacheLifetime): ReadonlyMap<string, LedgerRow['usage']> {
  return new Map(
    threadsOf(calls).flatMap((thread) =>
      replayCache(thread, lifetime).map(({ row, usage }) => [row.id, usage] as const),
    ),
  );
}

function sumOf(name: string, items: readonly { readonly before: number; readonly after: number }[]): WhatIfRow {
  return {
    name,
    calls: items.length,
    before: items.reduce((sum, { before }) => sum + before, 0),
    after: items.reduce((sum, { after }) => sum + after, 0),
  };
}
