import type { LedgerRow } from '../../domain/ledger';
import type { LedgerQuery, LedgerReader } from '../../storage';
import type { ReportPeriod } from '../report';

/** A part of a list: as it is, or packed by the thread that it lies with. */
export type Page<T> = readonly T[] | Uint8Array<ArrayBuffer>;

/** Calls taken at a time where they must be unpacked here: more would hold up everything else. */
const PLAIN_PAGE = 500;
const PACKED_PAGE = 5_000;

/** What is read of the ledger. */
export type CallSource = Pick<LedgerReader, 'calls' | 'packedCalls'>;

/**
 * All calls of a period, a page at a time, in the order of their start. Gives whether these are all.
 * @param most after so many no further page is read.
 */
export async function readCalls(
  ledger: CallSource,
  { start, end }: ReportPeriod,
  { most, model }: { readonly most: number; readonly model?: string | undefined },
  take: (page: Page<LedgerRow>) => Promise<void>,
): Promise<boolean> {
  const limit = ledger.packedCalls === undefined ? PLAIN_PAGE : PACKED_PAGE;
  let after: LedgerQuery['after'];
  for (let count = 0; count < most;) {
    const query: LedgerQuery = {
      // A period ends before its end; the store's questions include theirs.
      start,
      end: end - 1,
      limit,
      ...(after === undefined ? {} : { after }),
      ...(model === undefined ? {} : { model }),
    };
    const page = await ask(ledger, query);
    count += page.count;
    if (page.count > 0) await take(page.items);
    if (page.count < limit || page.last === null) return true;
    after = page.last;
  }
  return false;
}

async function ask(
  ledger: CallSource,
  query: LedgerQuery,
): Promise<{ items: Page<LedgerRow>; count: number; last: LedgerQuery['after'] | null }> {
  if (ledger.packedCalls !== undefined) {
    const { bytes, count, last } = await ledger.packedCalls(query);
    return { items: bytes, count, last };
  }
  const items = await ledger.calls(query);
  const last = items.at(-1);
  return { items, count: items.length, last: last === undefined ? null : { at: last.at, id: last.id } };
}
