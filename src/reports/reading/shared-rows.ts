import type { LedgerRow } from '../../domain/ledger';

type Own<T> = { -readonly [K in keyof T]: T[K] };

const NONE: readonly never[] = [];
const NOTHING: LedgerRow['provenance'] = {};

/**
 * Lets the rows of a long list share what they have in common: rows that were unpacked have copies of their own of every
 * text, and collecting garbage costs as much as there is to keep. What no report reads is let go.
 */
export class SharedRows {
  private readonly texts = new Map<string, string>();
  private readonly sources = new Map<string, LedgerRow['sources']>();

  /** The row itself, changed: it must be the caller's own. */
  take(row: Own<LedgerRow>): LedgerRow {
    row.session = this.text(row.session);
    row.traceId = this.text(row.traceId);
    row.requestModel = this.text(row.requestModel);
    row.responseModel = this.text(row.responseModel);
    row.sources = this.sourcesOf(row);
    row.aliases = NONE;
    row.provenance = NOTHING;
    row.discrepancies = NONE;
    return row;
  }

  private text(own: string): string {
    const known = this.texts.get(own);
    if (known !== undefined) return known;
    this.texts.set(own, own);
    return own;
  }

  private sourcesOf({ sources }: LedgerRow): LedgerRow['sources'] {
    const key = sources.join();
    const known = this.sources.get(key);
    if (known !== undefined) return known;
    this.sources.set(key, sources);
    return sources;
  }
}
