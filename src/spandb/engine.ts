import { existsSync, readdirSync } from 'node:fs';
import { OverloadedError } from '../base/errors';
import { decodeLogs, decodeTraces } from '../otlp';
import { HeadBlock } from './blocks/head-block';
import { PartCache } from './blocks/part-cache';
import { seal } from './blocks/seal';
import type { Segment } from './blocks/segment';
import type { RecordKind } from './blocks/tokens';
import { DayFile } from './day-file';
import { TailSampler } from './sampling';
import type { SpanStoreStats, SpanWorkerInput, WriteArgument } from './span-protocol';

/** Heads that wait to be sealed, at most; beyond it nothing more is taken until one is done. */
const MAX_FROZEN = 12;

/** With fewer heads waiting the store is said to have caught up. */
const FEW_FROZEN = 3;

/** A head is sealed when it holds so many bytes of requests. */
const HEAD_BYTES = 24 * 1024 * 1024;

interface Frozen {
  readonly head: HeadBlock;
  readonly file: DayFile;
}

/** The store as one thread sees it: day files, the heads that grow, and the sealing of those that are full. */
export class SpanEngine {
  private readonly files: DayFile[] = [];
  private readonly cache: PartCache;
  private readonly sampler: TailSampler;
  private heads: Readonly<Record<RecordKind, HeadBlock>> = newHeads();
  private headSince: Record<RecordKind, number>;
  /** The latest instant that was named. */
  private now: number;
  private frozen: Frozen[] = [];
  private sealing: Promise<void> | undefined;
  private failure: unknown;
  private onSealed: (() => void)[] = [];
  private removedDays = 0;

  constructor(private readonly input: SpanWorkerInput) {
    this.cache = new PartCache(input.config.cacheBytes);
    this.sampler = new TailSampler(input.config.sampling);
    this.headSince = { span: input.at, log: input.at };
    this.now = input.at;
    this.openFiles();
  }

  /** Heads that wait to be sealed. */
  get backlog(): number {
    return this.frozen.length;
  }

  /** Resolves when few heads wait. */
  async caughtUp(): Promise<void> {
    while (this.frozen.length >= FEW_FROZEN && this.failure === undefined) {
      await new Promise<void>((resolve) => this.onSealed.push(resolve));
    }
  }

  /** Takes a request into the transaction of this turn. */
  write({ kind, at, records, skip }: WriteArgument): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.frozen.length >= MAX_FROZEN) throw new OverloadedError('the span store is behind with sealing', 1000);
    this.now = at;
    const file = this.today(at);
    const id = file.append(kind, records.bytes, skip);
    this.addToHead(kind, file, { ...records, id, skip, buffer: Buffer.from(records.bytes.buffer) });
  }

  /** Makes the turn's requests durable. */
  commit(): void {
    for (const file of this.files) file.commit();
  }

  /** All segments in the order of arrival. */
  segments(): Segment[] {
    return [
      ...this.files.flatMap((file) => file.blocks),
      ...this.frozen.map(({ head }) => head),
      this.heads.span,
      this.heads.log,
    ];
  }

  services(): string[] {
    const names = new Set(this.files.flatMap((file) => file.services()));
    for (const { service } of this.liveOperations()) names.add(service);
    return [...names].sort();
  }

  operations(service: string): { name: string; kind: number }[] {
    const all = new Map<string, { name: string; kind: number }>();
    const add = (name: string, kind: number): void => void all.set(`${kind} ${name}`, { name, kind });
    for (const file of this.files) for (const { name, kind } of file.operations(service)) add(name, kind);
    for (const entry of this.liveOperations()) if (entry.service === service) add(entry.name, entry.kind);
    return [...all.values()].sort((a, b) => (a.name === b.name ? a.kind - b.kind : a.name < b.name ? -1 : 1));
  }

  /** Of what may have started in the window: blocks and heads are looked at as wholes. */
  attributeKeys(start: number, end: number): string[] {
    const keys = new Set<string>();
    for (const segment of this.segments()) {
      const { kind, count, minStart, maxStart } = segment.bounds;
      if (kind !== 'span' || count === 0 || maxStart < start || minStart > end) continue;
      for (const key of segment.attributeKeys() ?? this.files.flatMap((file) => file.attributeKeys())) keys.add(key);
    }
    return [...keys].sort();
  }

  maintain(at: number): SpanStoreStats {
    this.now = at;
    for (const kind of ['span', 'log'] as const) {
      const old = at - this.headSince[kind] >= this.input.config.sealAfter;
      if (this.heads[kind].count > 0 && old) this.freeze(kind, this.fileOf(kind));
      if (this.heads[kind].count === 0) this.headSince[kind] = at;
    }
    this.retain(at);
    return this.stats();
  }

  /** Seals everything there is. */
  async flush(): Promise<void> {
    for (const kind of ['span', 'log'] as const) if (this.heads[kind].count > 0) this.freeze(kind, this.fileOf(kind));
    while (this.sealing) await this.sealing;
    if (this.failure !== undefined) throw this.failure;
  }

  async close(): Promise<void> {
    while (this.sealing) await this.sealing;
    for (const file of this.files) file.close();
    this.files.length = 0;
  }

  stats(): SpanStoreStats {
    const blocks = this.files.flatMap((file) => file.blocks);
    const live = [...this.frozen.map(({ head }) => head), this.heads.span, this.heads.log];
    const pendingRecords = live.reduce((total, head) => total + head.count, 0);
    return {
      days: this.files.length,
      blocks: blocks.length,
      records: blocks.reduce((total, { bounds }) => total + bounds.count, pendingRecords),
      pendingRecords,
      sizeBytes: this.files.reduce((total, file) => total + file.sizeBytes, 0),
      cacheBytes: this.cache.bytes,
      droppedBySampling: this.sampler.dropped,
      removedDays: this.removedDays,
      oldestDay: this.files[0]?.day ?? '',
    };
  }

  private openFiles(): void {
    const { dataDir, at } = this.input;
    const days = existsSync(dataDir)
      ? readdirSync(dataDir).flatMap((name) => /^spans-(\d{4}-\d\d-\d\d)\.db$/.exec(name)?.[1] ?? [])
      : [];
    for (const day of days.sort()) {
      const file = new DayFile(dataDir, day, this.cache);
      this.files.push(file);
      for (const { id, kind, bytes, skip } of file.pending()) {
        const { parts, buffer } = kind === 'span' ? decodeTraces(bytes) : decodeLogs(bytes);
        this.addToHead(kind, file, { ...parts, id, skip, buffer });
      }
      if (day === dayOf(at)) continue;
      for (const kind of ['span', 'log'] as const) if (this.heads[kind].count > 0) this.freeze(kind, file);
    }
  }

  /** The file of the day, made when it is the first of it; what is in the heads goes to the day before. */
  private today(at: number): DayFile {
    const day = dayOf(at);
    const last = this.files.at(-1);
    // A clock that steps back writes to the newest file: days stay in order.
    if (last !== undefined && last.day >= day) return last;
    if (last !== undefined) {
      last.commit();
      for (const kind of ['span', 'log'] as const) if (this.heads[kind].count > 0) this.freeze(kind, last);
    }
    const file = new DayFile(this.input.dataDir, day, this.cache);
    this.files.push(file);
    return file;
  }

  private fileOf(kind: RecordKind): DayFile {
    const file = this.files.at(-1);
    if (file === undefined) throw new Error(`no file for ${kind} records`);
    return file;
  }

  private addToHead(kind: RecordKind, file: DayFile, batch: Parameters<HeadBlock['add']>[0]): void {
    let next = this.heads[kind].add(batch, 0);
    while (next >= 0) {
      this.freeze(kind, file);
      next = this.heads[kind].add(batch, next);
    }
    if (this.heads[kind].full || this.heads[kind].bytes >= HEAD_BYTES) this.freeze(kind, file);
  }

  /** Puts a head in line for sealing and starts a new one. */
  private freeze(kind: RecordKind, file: DayFile): void {
    const head = this.heads[kind];
    this.heads = { ...this.heads, [kind]: new HeadBlock(kind) };
    this.headSince[kind] = this.now;
    this.frozen.push({ head, file });
    this.sealing ??= this.sealAll();
  }

  private async sealAll(): Promise<void> {
    // The turn that froze the head must end first: its transaction is still open.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    for (let next = this.frozen[0]; next !== undefined; next = this.frozen[0]) {
      const { head, file } = next;
      try {
        const sealed = await seal(
          head,
          this.input.config.sampling.enabled ? (rows, of) => this.sampler.keep(rows, of) : undefined,
        );
        if (this.files.includes(file)) file.replace(head.kind, sealed, head.lastWholeBatch);
        this.frozen.shift();
      } catch (error) {
        // The records are safe as batches; nothing more is taken until a restart.
        this.failure = error;
        this.announceSealed();
        break;
      }
      this.announceSealed();
    }
    this.sealing = undefined;
  }

  private announceSealed(): void {
    const waiting = this.onSealed;
    this.onSealed = [];
    for (const resolve of waiting) resolve();
  }

  private retain(at: number): void {
    const { retention, maxBytes } = this.input.config;
    const oldest = dayOf(at - retention);
    let size = this.files.reduce((total, file) => total + file.sizeBytes, 0);
    for (const file of [...this.files.slice(0, -1)]) {
      if (file.day >= oldest && size <= maxBytes) return;
      if (this.frozen.some((waiting) => waiting.file === file)) return;
      size -= file.sizeBytes;
      file.remove();
      this.files.shift();
      this.removedDays++;
    }
  }

  private *liveOperations(): Iterable<{ service: string; name: string; kind: number }> {
    for (const head of [...this.frozen.map((waiting) => waiting.head), this.heads.span]) {
      if (head.kind !== 'span') continue;
      const rows = head.rows();
      const seen = new Set<number>();
      for (let row = 0; row < head.count; row++) {
        const kind = ((rows.flags[row] ?? 0) >> 2) & 7;
        const key = (rows.op[row] ?? 0) * 8 + kind;
        const operation = head.operations[rows.op[row] ?? 0];
        if (seen.has(key) || operation === undefined) continue;
        seen.add(key);
        yield { ...operation, kind };
      }
    }
  }
}

/** The UTC day of an instant, as YYYY-MM-DD. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function newHeads(): Record<RecordKind, HeadBlock> {
  return { span: new HeadBlock('span'), log: new HeadBlock('log') };
}
