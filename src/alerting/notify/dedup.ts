import type { EpochMillis, Millis } from '../../base/clock';
import type { NotificationReason } from './notification';

/** What was last said to one channel about one group. */
export interface LogEntry {
  /** `groupKey` and integration: the identity. */
  readonly key: string;
  readonly groupKey: string;
  readonly integration: string;
  readonly receiver: string;
  readonly timestamp: EpochMillis;
  readonly expiresAt: EpochMillis;
  /** Fingerprints of the alerts that were told as firing, as resolved. */
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
  /** Alerts that were told as firing and not yet as resolved, muted ones among them. */
  readonly owed: readonly string[];
  /** What the provider calls the message. */
  readonly reference?: string;
}

/** What a flush would say to one channel. */
export interface Candidate {
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
  readonly sendResolved: boolean;
  readonly repeatInterval: Millis;
}

/** Whether to notify and why; undefined for "nothing new". */
export function decide(
  entry: LogEntry | undefined,
  candidate: Candidate,
  at: EpochMillis,
): NotificationReason | undefined {
  const { firing, resolved } = candidate;
  if (entry === undefined) return firing.length > 0 ? 'first notification' : undefined;
  if (!isSubset(firing, entry.firing)) return entry.firing.length === 0 ? 'first notification' : 'new alerts added';
  // All is over: said even to channels that do not hear of resolved alerts, so that the log knows it; nothing is sent there.
  if (firing.length === 0) {
    if (entry.firing.length > 0) return 'all alerts resolved';
    // A muted alert had left the entry's firing set; its resolved is still owed.
    return candidate.sendResolved && resolved.some((fingerprint) => entry.owed.includes(fingerprint))
      ? 'all alerts resolved'
      : undefined;
  }
  if (candidate.sendResolved && !isSubset(resolved, entry.resolved)) return 'some alerts resolved';
  if (entry.timestamp < at - candidate.repeatInterval) return 'repeat interval elapsed';
  return undefined;
}

/** The entry after the candidate was said. */
export function nextEntry(
  previous: LogEntry | undefined,
  identity: Pick<LogEntry, 'key' | 'groupKey' | 'integration' | 'receiver'>,
  candidate: Candidate,
  at: EpochMillis,
  retention: Millis,
): LogEntry {
  const told = new Set(candidate.resolved);
  const owed = new Set([...(previous?.owed ?? []), ...candidate.firing]);
  for (const fingerprint of told) owed.delete(fingerprint);
  return {
    ...identity,
    timestamp: at,
    expiresAt: at + Math.min(2 * candidate.repeatInterval, retention),
    firing: candidate.firing,
    resolved: candidate.resolved,
    owed: [...owed],
    ...(previous?.reference === undefined ? {} : { reference: previous.reference }),
  };
}

function isSubset(part: readonly string[], whole: readonly string[]): boolean {
  if (part.length === 0) return true;
  if (part.length > whole.length) return false;
  const all = new Set(whole);
  return part.every((item) => all.has(item));
}
