import type { PeriodFacts } from '../facts';
import type { Pricer } from '../pricing/pricer';
import type { Recommendation, ReportPeriod } from '../report';
import { threadsOf } from '../pricing/threads';
import { batchWindow } from './batch-window';
import { cacheTooSmall } from './cache-size';
import { connectionReuse } from './connection-reuse';
import { modelTooLarge } from './model-size';
import { oversizedResults } from './oversized-results';
import { poolTooSmall } from './pool-size';
import { promptCacheBroken, promptCacheExpired, promptCacheUnused } from './prompt-cache';
import type { Recommender } from './recommender';
import { repeatedReads } from './repeated-reads';
import { retryStorms } from './retry-storms';
import { samplingTooLow } from './sampling';
import { slowQueries } from './slow-queries';
import { ToolResults } from './tool-results';

/** Every kind of advice there is. */
export const RECOMMENDERS: readonly Recommender[] = [
  promptCacheBroken,
  promptCacheExpired,
  promptCacheUnused,
  oversizedResults,
  repeatedReads,
  retryStorms,
  modelTooLarge,
  batchWindow,
  poolTooSmall,
  cacheTooSmall,
  slowQueries,
  connectionReuse,
  samplingTooLow,
];

/** All that is worth doing, the greatest saving first: money before time. */
export function recommend(facts: PeriodFacts, period: ReportPeriod, pricer: Pricer): Recommendation[] {
  const threads = threadsOf(facts.calls);
  const evidence = { facts, period, pricer, threads, toolResults: new ToolResults(facts, threads) };
  return RECOMMENDERS.flatMap((recommender) => {
    const found = recommender.find(evidence);
    return recommender.fromDetails === true && facts.detailShare < 1
      ? found.map((recommendation) => forAll(recommendation, facts.detailShare))
      : found;
  }).sort((a, b) => (b.savingUsd ?? 0) - (a.savingUsd ?? 0) || (b.savingMs ?? 0) - (a.savingMs ?? 0));
}

/** What was found in a share of the traces, taken for all of them. */
function forAll(recommendation: Recommendation, share: number): Recommendation {
  const { savingUsd, savingMs } = recommendation;
  return {
    ...recommendation,
    evidence: [
      ...recommendation.evidence,
      `Counted in ${(100 * share).toFixed(0)} % of the traces; the saving is for all.`,
    ],
    ...(savingUsd === undefined ? {} : { savingUsd: savingUsd / share }),
    ...(savingMs === undefined ? {} : { savingMs: savingMs / share }),
  };
}
