import { join } from 'node:path';
import { startWorker } from '../base/worker';
import type { WorkerClient } from '../base/worker';
import type { Comparison, CompareSettings } from './compare/compare';
import { readStored } from './compare/read-stored';
import type { CompareSources } from './compare/read-stored';
import { nameOf } from './compare/selection';
import type { Selection } from './compare/selection';
import type { Page } from './reading/call-pages';
import type { ReportFormat } from './render/render';
import type { ReportPeriod, SectionId } from './report';
import type { BuiltReport, ReportProtocol, ReportWorkerInput, WhatIfAnswer } from './report-protocol';
import type { MessageRequest, ReportWords } from './schedule/report-scheduler';
import { messageWords } from './schedule/message-words';
import type { FactSink, StackFacts } from './stack-facts';
import type { WhatIf } from './what-if/what-if';

/** What a report is to speak of. */
export interface ReportRequest {
  readonly period: ReportPeriod;
  readonly previous: ReportPeriod | undefined;
  /** All without. */
  readonly sections?: readonly SectionId[] | undefined;
}

/** What is compared. */
export interface CompareRequest {
  readonly baseline: Selection;
  readonly candidate: Selection;
  /** Where versions, commits and models are sought. */
  readonly window: ReportPeriod;
  readonly settings: CompareSettings;
}

/** Makes reports as text. */
export interface Reports {
  /** The report in one form. */
  report(request: ReportRequest, format: ReportFormat): Promise<string>;
  /** What the period's model calls would have cost otherwise; with a budget from its start, when that is used up. */
  whatIf(period: ReportPeriod, change: WhatIf, budgetUsd?: number): Promise<WhatIfAnswer>;
  /** Whether one side of what is stored is worse than another. */
  compare(request: CompareRequest): Promise<Comparison>;
}

/**
 * Makes reports of what a stack has stored. Facts pass through this thread packed, on their way from the stores'
 * threads to one that counts, concludes and renders, so that nothing else is held up. One report at a time.
 */
export class StackReports implements Reports {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly facts: StackFacts,
    private readonly sources: CompareSources,
    private readonly input: ReportWorkerInput,
  ) {}

  async report(request: ReportRequest, format: ReportFormat): Promise<string> {
    const { texts } = await this.build(request, [format]);
    return texts[0] ?? '';
  }

  /** The report as it is sent to people. */
  async message({ name, period, previous, sections }: MessageRequest): Promise<ReportWords> {
    return messageWords(name, period, previous, await this.build({ period, previous, sections }, ['terminal', 'html']));
  }

  whatIf(period: ReportPeriod, change: WhatIf, budgetUsd?: number): Promise<WhatIfAnswer> {
    return this.withWorker(async (worker) => {
      await this.facts.calls(period, [], sinkOf(worker, 'now').calls);
      return worker.call('whatIf', { period, change, budgetUsd: budgetUsd ?? null });
    });
  }

  compare({ baseline, candidate, window, settings }: CompareRequest): Promise<Comparison> {
    return this.withWorker(async (worker) => {
      const read = async (side: 'now' | 'before', of: Selection) => {
        const { calls, details: spans } = sinkOf(worker, side);
        return { name: nameOf(of), gaps: await readStored(this.sources, of, window, { calls, spans }) };
      };
      const before = await read('before', baseline);
      return worker.call('compare', { baseline: before, candidate: await read('now', candidate), settings });
    });
  }

  private build({ period, previous, sections }: ReportRequest, formats: readonly ReportFormat[]): Promise<BuiltReport> {
    return this.withWorker(async (worker) => {
      const gather = async (side: 'now' | 'before', of: ReportPeriod): Promise<void> => {
        const facts = await this.facts.collect(of, sinkOf(worker, side));
        await worker.call('rest', { side, facts });
      };
      await gather('now', period);
      if (previous !== undefined) await gather('before', previous);
      return worker.call('build', { period, previous: previous ?? null, formats, sections: sections ?? null });
    });
  }

  /** Runs one question after the other, each with a thread of its own. */
  private withWorker<T>(work: (worker: WorkerClient<ReportProtocol>) => Promise<T>): Promise<T> {
    const made = this.last.then(async () => {
      const worker = startWorker<ReportProtocol>(join(__dirname, 'report-worker'), this.input);
      try {
        return await work(worker);
      } finally {
        await worker.terminate();
      }
    });
    this.last = made.catch(() => undefined);
    return made;
  }
}

/** Hands pages to the worker; packed ones move there. */
function sinkOf(worker: WorkerClient<ReportProtocol>, side: 'now' | 'before'): FactSink {
  const moved = (page: Page<unknown>) => (page instanceof Uint8Array ? { transfer: [page.buffer] } : {});
  return {
    calls: async (page) => void (await worker.call('calls', { side, page }, moved(page))),
    details: async (page) => void (await worker.call('details', { side, page }, moved(page))),
  };
}
