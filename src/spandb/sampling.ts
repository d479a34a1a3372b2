import { FLAG, ID_BYTES } from './blocks/rows';
import type { HeadBlock } from './blocks/head-block';
import { readSpan } from '../otlp';
import type { SamplingConfig } from './spandb.config';

/** Operations counted at most; beyond it nothing counts as rare. */
const MAX_OPERATIONS = 10_000;

/** Decisions remembered, so that a trace's later spans share the fate of its first. */
const MAX_DECISIONS = 100_000;

const COST_KEYS = ['gen_ai.usage.cost.amount', 'telltale.cost.usd', 'cost_usd'];
const EMPTY = { attributes: {}, schemaUrl: '' };

/** Decides at sealing which traces stay: those with an error, slow, expensive or rare ones, and a share of the rest. */
export class TailSampler {
  private readonly seen = new Map<string, number>();
  private readonly decisions = new Map<string, boolean>();
  private droppedCount = 0;

  constructor(private readonly config: SamplingConfig) {}

  /** Spans dropped since the start. */
  get dropped(): number {
    return this.droppedCount;
  }

  /** Whether the rows, all of one trace, stay. */
  keep(rows: readonly number[], head: HeadBlock): boolean {
    if (!this.config.enabled) return true;
    const first = rows[0] ?? 0;
    const ids = head.ids();
    const trace = ids.toString('latin1', first * ID_BYTES, first * ID_BYTES + 16);
    // A trace kept once stays kept; one that was dropped is looked at again, for its later part may hold the error.
    const kept = this.decisions.get(trace) === true || this.deserves(rows, head) || this.drawn(ids, first);
    this.remember(trace, kept);
    if (!kept) this.droppedCount += rows.length;
    return kept;
  }

  private deserves(rows: readonly number[], head: HeadBlock): boolean {
    const columns = head.rows();
    const { slowerThan, rareCount } = this.config;
    let deserves = false;
    for (const row of rows) {
      if (((columns.flags[row] ?? 0) & FLAG.statusMask) === 2) deserves = true;
      if ((columns.duration[row] ?? 0) >= slowerThan * 1e6) deserves = true;
      const operation = head.operations[columns.op[row] ?? 0];
      const key = `${operation?.service}\u0000${operation?.name}`;
      const count = this.seen.get(key) ?? 0;
      if (count < rareCount && (count > 0 || this.seen.size < MAX_OPERATIONS)) {
        this.seen.set(key, count + 1);
        deserves = true;
      }
    }
    return deserves || rows.some((row) => this.isExpensive(row, head));
  }

  private isExpensive(row: number, head: HeadBlock): boolean {
    const { buffer, start, end } = head.record(row);
    const at = buffer.indexOf('cost', start, 'latin1');
    if (at < 0 || at >= end) return false;
    const { attributes } = readSpan(buffer, start, end, EMPTY, { ...EMPTY, name: '', version: '' });
    return COST_KEYS.some((key) => Number(attributes[key] ?? 0) >= this.config.costAboveUsd);
  }

  /** By the id alone, so that every part of a trace, on every machine, is drawn alike. */
  private drawn(ids: Buffer, row: number): boolean {
    return ids.readUInt32BE(row * ID_BYTES + 12) < this.config.baselineRatio * 4_294_967_296;
  }

  private remember(trace: string, kept: boolean): void {
    this.decisions.delete(trace);
    this.decisions.set(trace, kept);
    if (this.decisions.size <= MAX_DECISIONS) return;
    for (const oldest of this.decisions.keys()) {
      this.decisions.delete(oldest);
      break;
    }
  }
}
