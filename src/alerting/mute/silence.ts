import type { EpochMillis } from '../../base/clock';
import type { Labels } from '../../domain/labels';
import { Matcher } from '../../domain/matcher';
import { timeInterval, toTimeInterval } from '../config/time-intervals';
import { InvalidSilenceError } from '../errors';
import { isWithin } from './time-interval';
import type { TimeInterval } from './time-interval';

/** `pending` before its start (and, of a recurring one, between its windows), `expired` after its end. */
export type SilenceState = 'pending' | 'active' | 'expired';

/** Mutes the alerts its matchers pass, from a start to an end, made by a person. */
export interface Silence {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly startsAt: EpochMillis;
  readonly endsAt: EpochMillis;
  readonly updatedAt: EpochMillis;
  readonly createdBy: string;
  readonly comment: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Between start and end it is active only while this holds. */
  readonly recurrence?: SilenceRecurrence;
}

/** Calendar windows, in the notation of time intervals and ready to ask. */
export interface SilenceRecurrence {
  readonly source: unknown;
  readonly intervals: readonly TimeInterval[];
}

/** What a person asks for. */
export interface SilenceRequest {
  /** To change one that exists. */
  readonly id?: string;
  readonly matchers: readonly Matcher[];
  readonly startsAt: EpochMillis;
  readonly endsAt: EpochMillis;
  readonly createdBy: string;
  readonly comment: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly recurrence?: SilenceRecurrence;
}

/** Where the silence stands at `at`; the end belongs to it. */
export function silenceState(
  silence: Pick<Silence, 'startsAt' | 'endsAt' | 'recurrence'>,
  at: EpochMillis,
): SilenceState {
  if (at < silence.startsAt) return 'pending';
  if (at > silence.endsAt) return 'expired';
  if (silence.recurrence !== undefined && !isWithin(silence.recurrence.intervals, at)) return 'pending';
  return 'active';
}

/** Refuses what would never, or always, match. @throws InvalidSilenceError */
export function checkSilence(request: SilenceRequest, at: EpochMillis): void {
  if (request.matchers.length === 0) throw new InvalidSilenceError('at least one matcher required');
  if (request.matchers.every((matcher) => matcher.matchesEmpty)) {
    throw new InvalidSilenceError('at least one matcher must not match the empty string');
  }
  if (Number.isNaN(request.startsAt) || Number.isNaN(request.endsAt))
    throw new InvalidSilenceError('invalid start or end time');
  if (request.startsAt >= request.endsAt) throw new InvalidSilenceError('start time must be before end time');
  if (request.endsAt < at) throw new InvalidSilenceError("end time can't be in the past");
}

/** Reads a recurrence in the notation of time intervals: one, or a list of alternatives. @throws InvalidSilenceError */
export function readRecurrence(source: unknown): SilenceRecurrence {
  const list: readonly unknown[] = Array.isArray(source) ? source : [source];
  const intervals = list.map((item) => {
    const parsed = timeInterval.safeParse(item);
    if (!parsed.success)
      throw new InvalidSilenceError(`recurrence: ${parsed.error.issues.map(({ message }) => message).join('; ')}`);
    return toTimeInterval(parsed.data);
  });
  return { source, intervals };
}

/** The silence as it is stored. */
export function silenceRow(silence: Silence): unknown {
  const { matchers, recurrence, ...rest } = silence;
  return {
    ...rest,
    matchers: matchers.map(({ name, operator, value }) => ({ name, operator, value })),
    ...(recurrence === undefined ? {} : { recurrence: recurrence.source }),
  };
}

/** Reads a stored silence; undefined where the row is not one. */
export function silenceFromRow(row: unknown): Silence | undefined {
  if (typeof row !== 'object' || row === null || !('id' in row) || !('matchers' in row)) return undefined;
  const stored = row as Omit<Silence, 'matchers' | 'recurrence'> & {
    matchers: { name: string; operator: Matcher['operator']; value: string }[];
    recurrence?: unknown;
  };
  const { matchers, recurrence, ...rest } = stored;
  return {
    ...rest,
    matchers: matchers.map(({ name, operator, value }) => new Matcher(name, operator, value)),
    ...(recurrence === undefined ? {} : { recurrence: readRecurrence(recurrence) }),
  };
}

/** Whether the silence mutes these labels at `at`. */
export function silences(silence: Silence, labels: Labels, at: EpochMillis): boolean {
  return silenceState(silence, at) === 'active' && silence.matchers.every((matcher) => matcher.matches(labels));
}
