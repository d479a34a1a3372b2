import type { PriceList } from '../../pricing';
import type { PeriodFacts } from '../facts';
import type { Recommendation } from '../report';
import type { Advisor } from './advisor';
import { promptCache } from './prompt-cache';

const ADVISORS: readonly Advisor[] = [promptCache];

/** All that is worth doing, the greatest saving first: money before time. */
export function recommend(facts: PeriodFacts, prices?: PriceList): Recommendation[] {
  return ADVISORS.flatMap((advisor) => advisor({ facts, prices })).sort(
    (a, b) => (b.savingUsd ?? 0) - (a.savingUsd ?? 0) || (b.savingMs ?? 0) - (a.savingMs ?? 0),
  );
}
