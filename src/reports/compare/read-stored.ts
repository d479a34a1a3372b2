import type { LedgerRow } from '../../domain/ledger';
import { STAGE_ATTRIBUTE } from '../../domain/stage';
import type { LedgerReader, SpanDetail, SpanDigester } from '../../storage';
import type { ReportPeriod } from '../report';
import { MeasuredSide } from './measurements';
import { nameOf } from './selection';
import type { Selection } from './selection';

/** The stores that a comparison reads. */
export interface CompareSources {
  readonly ledger: Pick<LedgerReader, 'calls'>;
  readonly spans: SpanDigester;
}

const MAX_SPANS = 60_000;
const SPANS_PER_ANSWER = 1_500;
const MAX_CALLS = 60_000;
const CALLS_PER_PAGE = 1_000;
/** Where emitters say which commit they were built from: OpenTelemetry's names, then common habits. */
const COMMIT_KEYS = [
  'vcs.ref.head.revision',
  'vcs.repository.ref.revision',
  'git.commit.sha',
  'service.commit',
  'commit',
];

/** Reads one side of a comparison from what is stored. */
export async function readStored(
  sources: CompareSources,
  selection: Selection,
  window: ReportPeriod,
): Promise<MeasuredSide> {
  const side = new MeasuredSide(nameOf(selection));
  switch (selection.kind) {
    case 'time':
      await addSpans(sources, selection.period, undefined, side);
      await addCalls(sources, selection.period, undefined, side);
      break;
    case 'model':
      await addCalls(sources, window, selection.value, side);
      break;
    case 'version':
      await addSpans(sources, window, { 'service.version': selection.value }, side);
      break;
    case 'commit':
      for (const key of COMMIT_KEYS) {
        await addSpans(sources, window, { [key]: selection.value }, side);
        if (side.keys().length > 0) break;
      }
  }
  if (side.keys().length === 0) side.gaps.push(`Nothing is stored of ${side.name}.`);
  return side;
}

async function addSpans(
  { spans }: CompareSources,
  { start, end }: ReportPeriod,
  where: Readonly<Record<string, string>> | undefined,
  side: MeasuredSide,
): Promise<void> {
  const { spans: total } = await spans.digest({ start, end: end - 1, slowest: 0 });
  const parts = Math.max(1, Math.min(1024, Math.ceil(total / SPANS_PER_ANSWER)));
  let taken = 0;
  let part = 0;
  for (; part < parts && taken < MAX_SPANS; part++) {
    const found = await spans.details({
      start,
      end: end - 1,
      withKey: [],
      withName: [],
      ...(where === undefined ? {} : { where }),
      read: [STAGE_ATTRIBUTE],
      measure: [],
      part: { from: part / parts, to: (part + 1) / parts },
      limit: MAX_SPANS,
    });
    taken += found.length;
    for (const detail of found) addSpan(detail, side);
  }
  if (part < parts) side.gaps.push(`${side.name}: ${Math.round((100 * part) / parts)} % of the traces were read.`);
}

function addSpan(detail: SpanDetail, side: MeasuredSide): void {
  const name = `${detail.service} ${detail.name}`;
  const stage = detail.values[STAGE_ATTRIBUTE] ?? '';
  const { startMs: t, traceId } = detail;
  side.add(name, 'duration', stage, { t, value: detail.durationMs, traceId });
  side.add(name, 'failures', stage, { t, value: detail.failed ? 1 : 0, traceId });
}

async function addCalls(
  { ledger }: CompareSources,
  { start, end }: ReportPeriod,
  model: string | undefined,
  side: MeasuredSide,
): Promise<void> {
  let from = start;
  const seen = new Set<string>();
  for (;;) {
    const page = await ledger.calls({
      start: from,
      end: end - 1,
      limit: CALLS_PER_PAGE,
      ...(model === undefined ? {} : { model }),
    });
    for (const row of page) {
      if (seen.has(row.id)) continue;
      seen.add(row.id);
      if (model === undefined || row.requestModel === model || row.responseModel === model) addCall(row, side);
    }
    const last = page.at(-1);
    if (page.length < CALLS_PER_PAGE || last === undefined) return;
    if (seen.size >= MAX_CALLS) {
      side.gaps.push(`${side.name}: only the first ${MAX_CALLS} model calls were read.`);
      return;
    }
    from = last.at > from ? last.at : last.at + 1;
  }
}

/** A model call by its task, so that two models at the same task can be compared. */
function addCall(row: LedgerRow, side: MeasuredSide): void {
  const task = [row.service, row.agent || 'main', row.operation].filter((part) => part !== '').join(' ');
  const name = `model calls: ${task}`;
  const add = (measure: string, value: number | undefined): void => {
    if (value !== undefined) side.add(name, measure, 'inference', { t: row.at, value, traceId: row.traceId });
  };
  if (row.outcome === 'ok') {
    add('duration', row.latencyMs);
    add('time to first token', row.timeToFirstTokenMs);
    add('cost', row.cost?.usd);
  }
  add('failures', row.outcome === 'error' ? 1 : 0);
}
