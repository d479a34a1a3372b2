import type { PriceList } from '../../pricing';
import type { PeriodFacts } from '../facts';
import type { Recommendation } from '../report';

/** What problems are looked for in. */
export interface Evidence {
  readonly facts: PeriodFacts;
  readonly prices: PriceList | undefined;
}

/** Looks for one kind of problem. */
export type Advisor = (evidence: Evidence) => Recommendation[];
