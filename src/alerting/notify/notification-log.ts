import type { EpochMillis } from '../../base/clock';
import type { StateChange, StateStore } from '../../storage';
import type { LogEntry } from './dedup';

const SPACE = 'alerting.nflog';

/** What was delivered to whom, for which alerts. */
export class NotificationLog {
  private readonly entries = new Map<string, LogEntry>();

  constructor(private readonly state: StateStore) {}

  async load(): Promise<void> {
    for (const { key, value } of await this.state.load(SPACE)) if (isEntry(value)) this.entries.set(key, value);
  }

  get size(): number {
    return this.entries.size;
  }

  get(key: string): LogEntry | undefined {
    return this.entries.get(key);
  }

  all(): Iterable<LogEntry> {
    return this.entries.values();
  }

  /** Takes the entry; the caller commits the change. */
  put(entry: LogEntry): StateChange {
    this.entries.set(entry.key, entry);
    return { op: 'put', space: SPACE, key: entry.key, value: entry };
  }

  /** Forgets what has expired; the caller commits. */
  expire(at: EpochMillis): StateChange[] {
    const changes: StateChange[] = [];
    for (const [key, entry] of this.entries) {
      // An alert whose resolved is owed keeps its entry.
      if (entry.expiresAt > at || entry.owed.length > 0) continue;
      this.entries.delete(key);
      changes.push({ op: 'delete', space: SPACE, key });
    }
    return changes;
  }
}

/** The identity of a log entry. */
export function logKey(groupKey: string, integration: string): string {
  return `${groupKey}:${integration}`;
}

function isEntry(value: unknown): value is LogEntry {
  return typeof value === 'object' && value !== null && 'firing' in value && 'owed' in value && 'timestamp' in value;
}
