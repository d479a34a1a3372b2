import { join } from 'node:path';
import { startWorker } from '../base/worker';
import type { ReportFormat } from './render/render';
import type { ReportPeriod } from './report';
import type { ReportProtocol, ReportWorkerInput, WhatIfAnswer } from './report-protocol';
import type { StackFacts } from './stack-facts';
import type { WhatIf } from './what-if/what-if';

/** Makes reports as text. */
export interface Reports {
  /** The report on a period, against a previous one where there is one, in one form. */
  report(period: ReportPeriod, previous: ReportPeriod | undefined, format: ReportFormat): Promise<string>;
  /** What the period's model calls would have cost otherwise; with a budget from its start, when that is used up. */
  whatIf(period: ReportPeriod, change: WhatIf, budgetUsd?: number): Promise<WhatIfAnswer>;
}

/**
 * Makes reports of what a stack has stored. Facts pass through this thread in small parts on their way from the stores'
 * threads to one that counts, concludes and renders, so that nothing else is held up. One report at a time.
 */
export class StackReports implements Reports {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly facts: StackFacts,
    private readonly input: ReportWorkerInput,
  ) {}

  report(period: ReportPeriod, previous: ReportPeriod | undefined, format: ReportFormat): Promise<string> {
    return this.inTurn(() => this.make(period, previous, format));
  }

  whatIf(period: ReportPeriod, change: WhatIf, budgetUsd?: number): Promise<WhatIfAnswer> {
    return this.inTurn(async () => {
      const worker = startWorker<ReportProtocol>(join(__dirname, 'report-worker'), this.input);
      try {
        await this.facts.calls(period, [], async (page) => void (await worker.call('calls', { side: 'now', page })));
        return await worker.call('whatIf', { period, change, budgetUsd: budgetUsd ?? null });
      } finally {
        await worker.terminate();
      }
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const made = this.last.then(work);
    this.last = made.catch(() => undefined);
    return made;
  }

  private async make(period: ReportPeriod, previous: ReportPeriod | undefined, format: ReportFormat): Promise<string> {
    const worker = startWorker<ReportProtocol>(join(__dirname, 'report-worker'), this.input);
    const gather = async (side: 'now' | 'before', of: ReportPeriod): Promise<void> => {
      const facts = await this.facts.collect(of, {
        calls: async (page) => void (await worker.call('calls', { side, page })),
        details: async (page) => void (await worker.call('details', { side, page })),
      });
      await worker.call('rest', { side, facts });
    };
    try {
      await gather('now', period);
      if (previous !== undefined) await gather('before', previous);
      return await worker.call('build', { period, previous: previous ?? null, format });
    } finally {
      await worker.terminate();
    }
  }
}
