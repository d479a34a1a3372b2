import { readFileSync } from 'node:fs';
import { serveWorker, workerInput } from '../base/worker';
import type { LedgerRow } from '../domain/ledger';
import { createPriceList, readPricesFile } from '../pricing';
import type { SpanDetail } from '../storage';
import { buildReport } from './build-report';
import { compareSides } from './compare/compare';
import { MeasuredSide } from './compare/measurements';
import { addCall, addSpan } from './compare/measured-records';
import { NO_FACTS } from './facts';
import type { PeriodFacts } from './facts';
import { Pricer } from './pricing/pricer';
import { SharedRows } from './reading/shared-rows';
import { toSpanFacts } from './reading/span-facts';
import { renderReport } from './render/render';
import type { ComparedSide, ReportProtocol, ReportWorkerInput } from './report-protocol';
import { callsOf, detailsOf } from './stack-facts';
import type { CollectedFacts } from './stack-facts';
import { budgetOutlook } from './what-if/budget';
import { whatIf } from './what-if/what-if';

/** Runs inside the report worker: gathers the parts of one question's facts, then answers it. */
function main(): void {
  const input = workerInput();
  if (!isInput(input)) throw new Error('the report worker needs its settings');
  const { pricesFile: file, externalUrl } = input;
  const prices = createPriceList(file === null ? undefined : readPricesFile(readFileSync(file, 'utf8'), file));
  const gathered: Readonly<Record<'now' | 'before', Gathered>> = {
    now: { calls: [], details: [], rest: undefined },
    before: { calls: [], details: [], rest: undefined },
  };

  const shared = new SharedRows();
  serveWorker<ReportProtocol>({
    handlers: {
      calls: ({ side, page }) => {
        for (const row of callsOf(page)) gathered[side].calls.push(shared.take(row));
        return null;
      },
      details: ({ side, page }) => {
        for (const detail of detailsOf(page)) gathered[side].details.push(detail);
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
      compare: ({ baseline, candidate, settings }) =>
        compareSides(toSide(baseline, gathered.before), toSide(candidate, gathered.now), settings),
      build: async ({ period, previous, formats, sections }) => {
        const now = toFacts(gathered.now);
        const before = toFacts(gathered.before);
        const data = {
          read: (of: { readonly start: number }) => Promise.resolve(of.start === period.start ? now : before),
        };
        const report = await buildReport(data, period, previous ?? undefined, {
          prices,
          ...(sections === null ? {} : { sections }),
        });
        return {
          texts: formats.map((format) => renderReport(report, format, { externalUrl: externalUrl ?? undefined })),
          highlights: report.highlights,
          recommendations: report.recommendations.length,
        };
      },
    },
  });
}

interface Gathered {
  readonly calls: LedgerRow[];
  readonly details: SpanDetail[];
  rest: CollectedFacts | undefined;
}

function toFacts({ calls, details, rest }: Gathered): PeriodFacts {
  return { ...NO_FACTS, ...rest, calls, ...toSpanFacts(details, calls) };
}

function toSide({ name, gaps }: ComparedSide, { calls, details }: Gathered): MeasuredSide {
  const side = new MeasuredSide(name);
  side.gaps.push(...gaps);
  for (const detail of details) addSpan(detail, side);
  for (const row of calls) addCall(row, side);
  return side;
}

/** The other side of the wire is `StackReports`. */
function isInput(value: unknown): value is ReportWorkerInput {
  return typeof value === 'object' && value !== null && 'pricesFile' in value;
}

main();
