import type { PeriodFacts } from '../facts';
import type { ReportPeriod, ReportSection, SectionId } from '../report';
import { alertsSection } from './alerts';
import { changesSection } from './changes';
import { ledgerSection } from './ledger';
import { operationsSection } from './operations';
import { resourcesSection } from './resources';
import { toolsSection } from './tools';
import { trendsSection } from './trends';

type Section = (facts: PeriodFacts, before: PeriodFacts | undefined, period: ReportPeriod) => readonly ReportSection[];

/** Every section there is; one that has nothing to tell may give none. */
export const SECTIONS: Readonly<Record<SectionId, Section>> = {
  changes: (facts, before) => changesSection(facts, before),
  operations: (facts, before, period) => [operationsSection(facts, before, period)],
  tools: (facts, before) => toolsSection(facts, before),
  ledger: (facts, before, period) => [ledgerSection(facts, before, period)],
  trends: (facts, _before, period) => [trendsSection(facts, period)],
  resources: (facts) => [resourcesSection(facts)],
  alerts: (facts, _before, period) => [alertsSection(facts, period)],
};
