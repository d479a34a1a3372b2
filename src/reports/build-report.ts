import type { PriceList } from '../pricing';
import type { ReportData } from './facts';
import { Pricer } from './pricing/pricer';
import { recommend } from './recommendations';
import { SECTION_IDS } from './report';
import type { Report, ReportPeriod, SectionId } from './report';
import { SECTIONS } from './sections';
import { highlightsOf } from './sections/highlights';

/** What a report may lean on besides the facts. */
export interface ReportOptions {
  /** Prices for what calls would have cost otherwise; those of the data without. */
  readonly prices?: PriceList;
  /** Sections wanted; all without. Recommendations always lead. */
  readonly sections?: readonly SectionId[];
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
  const wanted = options.sections ?? SECTION_IDS;
  const recommendations = recommend(facts, period, new Pricer(options.prices ?? data.prices));
  return {
    period,
    previous: previous ?? null,
    highlights: highlightsOf(facts, before, recommendations),
    sections: SECTION_IDS.filter((id) => wanted.includes(id)).flatMap((id) => SECTIONS[id](facts, before, period)),
    recommendations,
  };
}
