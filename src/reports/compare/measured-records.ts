import type { LedgerRow } from '../../domain/ledger';
import { STAGE_ATTRIBUTE } from '../../domain/stage';
import type { SpanDetail } from '../../storage';
import type { MeasuredSide } from './measurements';

/** Whether a span failed, and its duration where it did not: refusals are quick, and more of them are no speed. */
export function addSpan(detail: SpanDetail, side: MeasuredSide): void {
  const name = `${detail.service} ${detail.name}`;
  const stage = detail.values[STAGE_ATTRIBUTE] ?? '';
  const { startMs: t, traceId } = detail;
  if (!detail.failed) side.add(name, 'duration', stage, { t, value: detail.durationMs, traceId });
  side.add(name, 'failures', stage, { t, value: detail.failed ? 1 : 0, traceId });
}

/** A model call by its task, so that two models at the same task can be compared. */
export function addCall(row: LedgerRow, side: MeasuredSide): void {
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
