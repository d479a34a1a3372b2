import type { EpochMillis } from '../../base/clock';
import { parseDuration } from '../../base/duration';
import { BadInputError } from '../../base/errors';
import type { ReportPeriod } from '../report';

/** One side of a comparison, of what the stack has stored. */
export type Selection =
  | { readonly kind: 'time'; readonly period: ReportPeriod }
  | { readonly kind: 'version' | 'commit' | 'model'; readonly value: string };

const HOW =
  'write version:1.4.0, commit:3f2a9c1, model:claude-sonnet-4-5, a time range such as 2026-11-20T00:00Z..2026-11-21T00:00Z, or one back from now such as 2d..1d';

/**
 * Reads one side. Times are ISO 8601, or durations back from now; the end may be left out for now.
 * @throws BadInputError
 */
export function parseSelection(text: string, now: EpochMillis): Selection {
  const named = /^(version|commit|model):(.+)$/.exec(text.trim());
  if (named !== null) {
    const [, kind = '', value = ''] = named;
    return { kind: kind === 'version' || kind === 'commit' ? kind : 'model', value: value.trim() };
  }
  const range = /^(.+?)\.\.(.*)$/.exec(text.trim());
  if (range === null) throw new BadInputError(`"${text}" is no side of a comparison: ${HOW}`);
  const [, from = '', to = ''] = range;
  const period = { start: instant(from, now, text), end: to === '' ? now : instant(to, now, text) };
  if (period.start >= period.end) throw new BadInputError(`"${text}" ends before it starts: ${HOW}`);
  return { kind: 'time', period };
}

/** The side as people read it. */
export function nameOf(selection: Selection): string {
  return selection.kind === 'time'
    ? `${new Date(selection.period.start).toISOString()} to ${new Date(selection.period.end).toISOString()}`
    : `${selection.kind} ${selection.value}`;
}

function instant(text: string, now: EpochMillis, whole: string): EpochMillis {
  if (text === 'now') return now;
  const parsed = Date.parse(text);
  if (!Number.isNaN(parsed)) return parsed;
  try {
    return now - parseDuration(text.replace(/^-/, ''));
  } catch {
    throw new BadInputError(`"${text}" in "${whole}" is no time: ${HOW}`);
  }
}
