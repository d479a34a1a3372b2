import type { PriceList } from '../pricing';
import type { ReportData } from './facts';
import { Pricer } from './pricing/pricer';
import { recommend } from './recommendations';
import type { Report, ReportPeriod } from './report';
import { alertsSection } from './sections/alerts';
import { changesSection } from './sections/changes';
import { ledgerSection } from './sections/ledger';
import { operationsSection } from './sections/operations';
import { resourcesSection } from './sections/resources';
import { toolsSection } from './sections/tools';
import { trendsSection } from './sections/trends';

/** What a report may lean on besides the facts. */
export interface ReportOptions {
  /** Prices for what calls would have cost otherwise; those of the data without. */
  readonly prices?: PriceList;
}

/** Reads the facts of a period, and of the one to compare it with, and makes the report. */
export async function buildReport(
  data: ReportData,
  period: ReportPeriod,
  previous?: ReportPeriod,
  options: ReportOptions = {},
): Promise<Report> {
  const facts = await data.read(period);
  const before = previous === undefined ? undefined : await data.read(previous);
  return {
    period,
    previous: previous ?? null,
    sections: [
      ...changesSection(facts, before),
      operationsSection(facts, before, period),
      ...toolsSection(facts, before),
      ledgerSection(facts, before, period),
      trendsSection(facts, period),
      resourcesSection(facts),
      alertsSection(facts, period),
    ],
    recommendations: recommend(facts, period, new Pricer(options.prices ?? data.prices)),
  };
}
