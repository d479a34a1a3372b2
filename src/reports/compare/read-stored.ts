import type { LedgerRow } from '../../domain/ledger';
import { STAGE_ATTRIBUTE } from '../../domain/stage';
import type { SpanDetail, SpanDigester } from '../../storage';
import { readCalls } from '../reading/call-pages';
import type { CallSource, Page } from '../reading/call-pages';
import { pass } from '../reading/span-facts';
import type { ReportPeriod } from '../report';
import { nameOf } from './selection';
import type { Selection } from './selection';

/** The stores that a comparison reads. */
export interface CompareSources {
  readonly ledger: CallSource;
  readonly spans: SpanDigester;
}

/** Takes one side's records, in parts. */
export interface CompareSink {
  calls(page: Page<LedgerRow>): Promise<void>;
  spans(page: Page<SpanDetail>): Promise<void>;
}

const MAX_SPANS = 60_000;
const SPANS_PER_ANSWER = 1_500;
const PACKED_SPANS_PER_ANSWER = 6_000;
const MAX_CALLS = 60_000;
/** Where emitters say which commit they were built from: OpenTelemetry's names, then common habits. */
const COMMIT_KEYS = [
  'vcs.ref.head.revision',
  'vcs.repository.ref.revision',
  'git.commit.sha',
  'service.commit',
  'commit',
];

/** Reads one side of a comparison from what is stored, and hands it on. Gives sentences: what is missing or only a part. */
export async function readStored(
  sources: CompareSources,
  selection: Selection,
  window: ReportPeriod,
  sink: CompareSink,
): Promise<string[]> {
  const gaps: string[] = [];
  let found = 0;
  const calls = async (period: ReportPeriod, model?: string): Promise<void> => {
    const complete = await readCalls(sources.ledger, period, { most: MAX_CALLS, model }, async (page) => {
      found++;
      await sink.calls(page);
    });
    if (!complete) gaps.push(`${nameOf(selection)}: only the first ${MAX_CALLS} model calls were read.`);
  };
  const spans = async (period: ReportPeriod, where?: Readonly<Record<string, string>>): Promise<number> => {
    const { share, taken } = await readSpans(sources.spans, period, where, (page) => sink.spans(page));
    found += taken;
    if (share < 1) gaps.push(`${nameOf(selection)}: ${Math.round(100 * share)} % of the traces were read.`);
    return taken;
  };
  switch (selection.kind) {
    case 'time':
      await spans(selection.period);
      await calls(selection.period);
      break;
    case 'model':
      await calls(window, selection.value);
      break;
    case 'version':
      await spans(window, { 'service.version': selection.value });
      break;
    case 'commit':
      for (const key of COMMIT_KEYS) if ((await spans(window, { [key]: selection.value })) > 0) break;
  }
  if (found === 0) gaps.push(`Nothing is stored of ${nameOf(selection)}.`);
  return gaps;
}

async function readSpans(
  source: SpanDigester,
  { start, end }: ReportPeriod,
  where: Readonly<Record<string, string>> | undefined,
  take: CompareSink['spans'],
): Promise<{ share: number; taken: number }> {
  const { spans: total } = await source.digest({ start, end: end - 1, slowest: 0 });
  const size = source.packedDetails === undefined ? SPANS_PER_ANSWER : PACKED_SPANS_PER_ANSWER;
  const parts = Math.max(1, Math.min(1024, Math.ceil(total / size)));
  let taken = 0;
  let part = 0;
  for (; part < parts && taken < MAX_SPANS; part++) {
    const query = {
      start,
      end: end - 1,
      withKey: [],
      withName: [],
      ...(where === undefined ? {} : { where }),
      read: [STAGE_ATTRIBUTE],
      measure: [],
      part: { from: part / parts, to: (part + 1) / parts },
      limit: MAX_SPANS,
    };
    taken += await pass(source, query, take);
  }
  return { share: part / parts, taken };
}
