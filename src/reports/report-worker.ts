import { readFileSync } from 'node:fs';
import { serveWorker, workerInput } from '../base/worker';
import { createPriceList, readPricesFile } from '../pricing';
import { buildReport } from './build-report';
import { NO_FACTS } from './facts';
import type { PeriodFacts } from './facts';
import { Pricer } from './pricing/pricer';
import { toSpanFacts } from './reading/span-facts';
import { renderReport } from './render/render';
import type { ReportProtocol, ReportWorkerInput } from './report-protocol';
import { budgetOutlook } from './what-if/budget';
import { whatIf } from './what-if/what-if';

/** Runs inside the report worker: gathers the parts of one report's facts, then makes the report. */
function main(): void {
  const input = workerInput();
  if (!isInput(input)) throw new Error('the report worker needs its settings');
  const { pricesFile: file } = input;
  const prices = createPriceList(file === null ? undefined : readPricesFile(readFileSync(file, 'utf8'), file));
  const gathered: Readonly<Record<'now' | 'before', Gathered>> = {
    now: { calls: [], details: [], rest: undefined },
    before: { calls: [], details: [], rest: undefined },
  };

  serveWorker<ReportProtocol>({
    handlers: {
      calls: ({ side, page }) => {
        gathered[side].calls.push(...page);
        return null;
      },
      details: ({ side, page }) => {
        gathered[side].details.push(...page);
        return null;
      },
      rest: ({ side, facts }) => {
        gathered[side].rest = facts;
        return null;
      },
      whatIf: ({ period, change, budgetUsd }) => {
        const { calls } = gathered.now;
        const pricer = new Pricer(prices);
        const costOf = (row: (typeof calls)[number]): number | undefined => pricer.cost(row);
        const ends = { start: period.start, now: period.end };
        return {
          result: whatIf(calls, change, pricer),
          budget: budgetUsd === null ? null : budgetOutlook(calls, costOf, { ...ends, budgetUsd }),
        };
      },
      build: async ({ period, previous, format }) => {
        const now = toFacts(gathered.now);
        const before = toFacts(gathered.before);
        const data = {
          read: (of: { readonly start: number }) => Promise.resolve(of.start === period.start ? now : before),
        };
        return renderReport(await buildReport(data, period, previous ?? undefined, { prices }), format);
      },
    },
  });
}

interface Gathered {
  readonly calls: Parameters<typeof toSpanFacts>[1][number][];
  readonly details: Parameters<typeof toSpanFacts>[0][number][];
  rest: Omit<PeriodFacts, 'calls' | 'toolCalls' | 'statements' | 'requests'> | undefined;
}

function toFacts({ calls, details, rest }: Gathered): PeriodFacts {
  return { ...NO_FACTS, ...rest, calls, ...toSpanFacts(details, calls) };
}

/** The other side of the wire is `StackReports`. */
function isInput(value: unknown): value is ReportWorkerInput {
  return typeof value === 'object' && value !== null && 'pricesFile' in value;
}

main();
