import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, EpochMillis, Timer } from '../base/clock';
import { messageOf, OverloadedError } from '../base/errors';
import type { Logger } from '../base/logger';
import type { Counter, Histogram, Telemetry } from '../base/telemetry';
import { WorkerFailedError } from '../base/worker';
import type { AttributeValue } from '../domain/attributes';
import type { LogRecord } from '../domain/log-record';
import { SPAN_KINDS } from '../domain/span';
import type { Span, SpanKind } from '../domain/span';
import { decodeLogs, decodeTraces, encodeLogs, encodeTraces, LOG_WIDTH, SPAN_WIDTH } from '../otlp';
import { compileSpanFilter, LimitExceededError, StoreUnavailableError } from '../storage';
import type {
  Dependency,
  EncodedRecords,
  LogSearch,
  PackedList,
  SpanDetail,
  SpanDetailQuery,
  SpanDigest,
  SpanDigester,
  SpanDigestQuery,
  SpanStore,
  TraceSearch,
  TraceSummary,
} from '../storage';
import type { RecordKind } from './blocks/tokens';
import { KeptWorker } from './kept-worker';
import type { SpanProtocol, SpanStoreStats, SpanWorkerInput } from './span-protocol';
import type { SpandbConfig } from './spandb.config';

/** What the span store is made of. */
export interface SqliteSpanStoreOptions {
  /** The data folder; the files in it are `spans-YYYY-MM-DD.db`. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly config: SpandbConfig;
}

/** With so many runs of records waiting to be sealed, writes wait too. */
const LARGE_BACKLOG = 5;

/** Between two rounds of sealing and retention. */
const MAINTENANCE_PERIOD = 5000;

/** Spans and logs in SQLite, one file per day of arrival, in a worker thread. */
export class SqliteSpanStore implements SpanStore, SpanDigester {
  readonly name = 'sqlite';
  private readonly worker: KeptWorker<SpanProtocol>;
  private isStarted = false;
  private timer: Timer | undefined;
  private waitingBytes = 0;
  private catchingUp: Promise<void> | undefined;
  private lastStats: SpanStoreStats | undefined;
  private readonly written: Readonly<Record<RecordKind, Counter>>;
  private readonly refused: Counter;
  private readonly commitSeconds: Histogram;

  constructor(private readonly options: SqliteSpanStoreOptions) {
    const { telemetry, config, dataDir, clock, logger } = options;
    this.worker = new KeptWorker<SpanProtocol>({
      name: 'the span store',
      path: join(__dirname, 'span-worker'),
      input: (): SpanWorkerInput => ({ dataDir, config, at: clock.now() }),
      prove: async (worker) => (this.lastStats = await worker.call('maintain', { at: clock.now() })),
      clock,
      logger,
    });
    const written = (kind: RecordKind): Counter =>
      telemetry.counter('telltale_span_store_records_total', 'Spans and log records made durable.', { kind });
    this.written = { span: written('span'), log: written('log') };
    this.refused = telemetry.counter(
      'telltale_span_store_refused_total',
      'Requests refused because the queue was full.',
    );
    this.commitSeconds = telemetry.histogram(
      'telltale_span_store_commit_seconds',
      'From handing a request to the store to its being on disk.',
      [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    );
    telemetry.observedGauge(
      'telltale_span_store_queue_ratio',
      'How full the queue to the store is.',
      () => this.waitingBytes / config.queueBytes,
    );
    telemetry.observedGauge(
      'telltale_span_store_size_bytes',
      'Size of the files of spans and logs.',
      () => this.lastStats?.sizeBytes ?? 0,
    );
    telemetry.observedGauge(
      'telltale_span_store_records',
      'Spans and log records kept.',
      () => this.lastStats?.records ?? 0,
    );
    telemetry.observedGauge(
      'telltale_span_store_sampled_out_spans',
      'Spans dropped by tail sampling since the start.',
      () => this.lastStats?.droppedBySampling ?? 0,
    );
  }

  async start(): Promise<void> {
    if (this.isStarted) return;
    mkdirSync(this.options.dataDir, { recursive: true });
    await this.worker.start();
    this.isStarted = true;
    this.armMaintenance();
  }

  async stop(): Promise<void> {
    this.isStarted = false;
    this.timer?.cancel();
    await this.worker.stop((worker) => worker.call('close', null));
  }

  async write(spans: readonly Span[]): Promise<void> {
    if (spans.length > 0) await this.writeEncoded(decodeTraces(encodeTraces(spans)).parts);
  }

  async writeLogs(records: readonly LogRecord[]): Promise<void> {
    if (records.length > 0) await this.writeEncodedLogs(decodeLogs(encodeLogs(records)).parts);
  }

  writeEncoded(spans: EncodedRecords, skip?: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.send('span', spans, spans.table.length / SPAN_WIDTH, skip);
  }

  writeEncodedLogs(records: EncodedRecords, skip?: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.send('log', records, records.table.length / LOG_WIDTH, skip);
  }

  async trace(traceId: string): Promise<Span[]> {
    const spans = decodeTraces(await this.worker.call('trace', traceId)).spans();
    return spans.sort((a, b) => (a.startUnixNano < b.startUnixNano ? -1 : a.startUnixNano > b.startUnixNano ? 1 : 0));
  }

  async search(query: TraceSearch): Promise<TraceSummary[]> {
    // What is no filter is said before the question is on its way.
    if (query.filter !== undefined) compileSpanFilter(query.filter);
    try {
      return await this.worker.call('search', query);
    } catch (error) {
      if (error instanceof WorkerFailedError && error.remoteCode === 'LIMIT_EXCEEDED')
        throw new LimitExceededError(error.message, { cause: error });
      throw error;
    }
  }

  digest(query: SpanDigestQuery): Promise<SpanDigest> {
    return this.worker.call('digest', query);
  }

  details(query: SpanDetailQuery): Promise<SpanDetail[]> {
    return this.worker.call('details', query);
  }

  packedDetails(query: SpanDetailQuery): Promise<PackedList> {
    return this.worker.call('packedDetails', query);
  }

  services(): Promise<string[]> {
    return this.worker.call('services', null);
  }

  async operations(service: string): Promise<{ name: string; kind: SpanKind }[]> {
    const all = await this.worker.call('operations', service);
    return all.map(({ name, kind }) => ({ name, kind: SPAN_KINDS[kind] ?? 'unspecified' }));
  }

  dependencies(start: EpochMillis, end: EpochMillis): Promise<Dependency[]> {
    return this.worker.call('dependencies', { start, end });
  }

  attributeKeys(start: EpochMillis, end: EpochMillis): Promise<string[]> {
    return this.worker.call('attributeKeys', { start, end });
  }

  attributeValues(key: string, start: EpochMillis, end: EpochMillis, limit: number): Promise<AttributeValue[]> {
    return this.worker.call('attributeValues', { key, start, end, limit });
  }

  async logs(query: LogSearch): Promise<LogRecord[]> {
    const records = decodeLogs(await this.worker.call('logs', query)).records();
    return records.sort((a, b) => {
      const [left, right] = [timeOf(a), timeOf(b)];
      return left < right ? 1 : left > right ? -1 : 0;
    });
  }

  /** Seals everything that waits; for tests and benchmarks. */
  async flush(): Promise<void> {
    await this.worker.call('flush', null);
  }

  /** One round of sealing and retention, now. */
  async maintain(): Promise<SpanStoreStats> {
    return (this.lastStats = await this.worker.call('maintain', { at: this.options.clock.now() }));
  }

  private async send(
    kind: RecordKind,
    records: EncodedRecords,
    count: number,
    skip: Uint8Array<ArrayBuffer> | undefined,
  ): Promise<void> {
    if (count === 0) return;
    const { clock, config } = this.options;
    const size = records.bytes.byteLength;
    // One request larger than the whole queue is taken when nothing else waits.
    if (this.waitingBytes > 0 && this.waitingBytes + size > config.queueBytes) {
      this.refused.add();
      throw new OverloadedError('the span store cannot keep up', 1000);
    }
    this.waitingBytes += size;
    const began = clock.elapsed();
    const { bytes, table, resources, scopes } = records;
    const transfer = [bytes.buffer, table.buffer, resources.buffer, scopes.buffer, ...(skip ? [skip.buffer] : [])];
    try {
      while (this.catchingUp) await this.catchingUp;
      const backlog = await this.worker.call('write', { kind, at: clock.now(), records, skip }, { transfer });
      if (backlog >= LARGE_BACKLOG) this.waitForSealing();
      this.written[kind].add(count);
      this.commitSeconds.observe((clock.elapsed() - began) / 1000);
    } catch (error) {
      if (!(error instanceof WorkerFailedError)) throw error;
      if (error.remoteCode === 'OVERLOADED') {
        this.refused.add();
        throw new OverloadedError(error.message, 1000);
      }
      throw new StoreUnavailableError(`${count} ${kind}s cannot be stored: ${error.message}`, { cause: error });
    } finally {
      this.waitingBytes -= size;
    }
  }

  /** Holds back further writes; when they fill the queue, clients are asked to come back later. */
  private waitForSealing(): void {
    this.catchingUp ??= this.worker
      .call('caughtUp', null)
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => (this.catchingUp = undefined));
  }

  private armMaintenance(): void {
    this.timer = this.options.clock.schedule(MAINTENANCE_PERIOD, () => {
      this.maintain()
        .catch((error: unknown) => {
          if (this.isStarted) this.options.logger.error('span store maintenance failed', { error: messageOf(error) });
        })
        .finally(() => {
          if (this.isStarted) this.armMaintenance();
        });
    });
  }
}

function timeOf(record: LogRecord): bigint {
  return record.timeUnixNano === 0n ? record.observedUnixNano : record.timeUnixNano;
}
