import { GEN_AI_OPERATIONS } from '../../domain/gen-ai';
import type { LedgerRow } from '../../domain/ledger';
import type { PriceList } from '../../pricing';

/** How far the vendor's figure may lie from the list price before it is worth a note. */
const COST_TOLERANCE_RATIO = 0.02;
const COST_TOLERANCE_USD = 0.00001;
const COST_NOTE = 'the vendor says';

/** The row with its cost by list price as of the call; without one when none is known. */
export function priceRow(row: LedgerRow, prices: PriceList): LedgerRow {
  const { cost: _cost, ...rest } = row;
  const discrepancies = row.discrepancies.filter((text) => !text.startsWith(COST_NOTE));
  for (const model of new Set([row.responseModel, row.requestModel])) {
    if (model === '') continue;
    const outcome = prices.price(row.usage, row.provider, model, row.at, {
      tier: row.tier,
      withoutOutput: row.operation === GEN_AI_OPERATIONS.embeddings,
    });
    if (!outcome.known) continue;
    const { usd, catalog, version, pricedAt, multiplier } = outcome.price;
    const reported = row.reportedCostUsd;
    const off = reported === undefined ? 0 : Math.abs(reported - usd);
    const noted = reported !== undefined && off > COST_TOLERANCE_USD && off > usd * COST_TOLERANCE_RATIO;
    return {
      ...rest,
      cost: { usd, catalog, version, pricedAt, multiplier },
      discrepancies: noted
        ? [...discrepancies, `${COST_NOTE} it cost $${reported.toFixed(6)}, the list price is $${usd.toFixed(6)}`]
        : discrepancies,
    };
  }
  return { ...rest, discrepancies };
}
