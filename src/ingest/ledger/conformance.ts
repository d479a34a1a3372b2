import type { Finding, FindingKind } from '../dialects';

/** How often an emitter wrote a field amiss. */
export interface ConformanceLine {
  readonly emitter: string;
  /** The emitter's version, as its resource says; empty when it does not. */
  readonly version: string;
  readonly kind: FindingKind;
  readonly key: string;
  /** An example sentence. */
  readonly message: string;
  readonly count: number;
  /** Records of this emitter and version that were read. */
  readonly records: number;
}

/** Lines kept at most; findings beyond are only counted. */
const MAX_LINES = 2000;

/** What each emitter leaves out, writes under an old name or with a wrong type. */
export class ConformanceReport {
  private readonly lines = new Map<string, { line: Omit<ConformanceLine, 'records' | 'count'>; count: number }>();
  private readonly records = new Map<string, number>();
  private refusedCount = 0;

  /** Findings that found no room. */
  get refused(): number {
    return this.refusedCount;
  }

  add(emitter: string, version: string, findings: readonly Finding[]): void {
    const who = `${emitter}\u0000${version}`;
    if (this.records.has(who) || this.records.size < MAX_LINES) this.records.set(who, (this.records.get(who) ?? 0) + 1);
    for (const { kind, key, message } of findings) {
      const id = `${who}\u0000${kind}\u0000${key}`;
      const known = this.lines.get(id);
      if (known !== undefined) known.count++;
      else if (this.lines.size < MAX_LINES)
        this.lines.set(id, { line: { emitter, version, kind, key, message: message.slice(0, 200) }, count: 1 });
      else this.refusedCount++;
    }
  }

  /** By emitter, then how often. */
  report(): ConformanceLine[] {
    return [...this.lines.values()]
      .map(({ line, count }) => ({
        ...line,
        count,
        records: this.records.get(`${line.emitter}\u0000${line.version}`) ?? 0,
      }))
      .sort((a, b) => (a.emitter < b.emitter ? -1 : a.emitter > b.emitter ? 1 : b.count - a.count));
  }
}
