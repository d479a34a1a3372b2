import { buildReport } from '../build-report';
import { compareSides } from '../compare/compare';
import type { Comparison } from '../compare/compare';
import type { CompareSources } from '../compare/read-stored';
import { Pricer } from '../pricing/pricer';
import type { ReportFormat } from '../render/render';
import { renderReport } from '../render/render';
import type { ReportPeriod } from '../report';
import type { WhatIfAnswer } from '../report-protocol';
import { callsOf } from '../stack-facts';
import type { StackFacts } from '../stack-facts';
import type { CompareRequest, ReportRequest, Reports } from '../stack-reports';
import { budgetOutlook } from '../what-if/budget';
import { whatIf } from '../what-if/what-if';
import type { WhatIf } from '../what-if/what-if';
import { readSelected } from './read-side';

/** Reports without a thread of their own. */
export class InProcessReports implements Reports {
  private readonly pricer: Pricer;

  constructor(
    private readonly facts: StackFacts,
    private readonly sources: CompareSources,
  ) {
    this.pricer = new Pricer(facts.prices);
  }

  async report({ period, previous, sections }: ReportRequest, format: ReportFormat): Promise<string> {
    const options = sections === undefined ? {} : { sections };
    return renderReport(await buildReport(this.facts, period, previous, options), format);
  }

  async whatIf(period: ReportPeriod, change: WhatIf, budgetUsd?: number): Promise<WhatIfAnswer> {
    const calls: ReturnType<typeof callsOf>[number][] = [];
    await this.facts.calls(period, [], (page) => Promise.resolve(void calls.push(...callsOf(page))));
    const ends = { start: period.start, now: period.end };
    return {
      result: whatIf(calls, change, this.pricer),
      budget:
        budgetUsd === undefined ? null : budgetOutlook(calls, (row) => this.pricer.cost(row), { ...ends, budgetUsd }),
    };
  }

  async compare({ baseline, candidate, window, settings }: CompareRequest): Promise<Comparison> {
    return compareSides(
      await readSelected(this.sources, baseline, window),
      await readSelected(this.sources, candidate, window),
      settings,
    );
  }
}
