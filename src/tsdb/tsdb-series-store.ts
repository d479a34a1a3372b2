import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, EpochMillis } from '../base/clock';
import { messageOf } from '../base/errors';
import type { Logger } from '../base/logger';
import type { Counter, Telemetry } from '../base/telemetry';
import { Ticker } from '../base/ticker';
import { nextTurn } from '../base/turn';
import { compareCodePoints, type Labels } from '../domain/labels';
import { matchesAll, type Matcher } from '../domain/matcher';
import type { Exemplar, MetricMetadata } from '../domain/sample';
import { StoreUnavailableError } from '../storage';
import type {
  AppendOutcome,
  IncomingSample,
  NewestSample,
  SelectHints,
  SeriesAdmin,
  SeriesColumns,
  SeriesStore,
} from '../storage';
import { Appender } from './appender';
import { BlockSet } from './block-set';
import { cutBlock, dropDead } from './checkpoint';
import { makeCopy, removeUnfinishedCopies } from './copies';
import { deleteSamples } from './deletion';
import { ExemplarRing } from './exemplar-ring';
import { removeUnfinished, syncDirectory } from './files';
import { FolderLock } from './folder-lock';
import { Head } from './head';
import type { MemSeries } from './mem-series';
import { Querier } from './querier';
import { readRecords, writeMetadataRecord } from './records';
import { Replay } from './replay';
import { type Persist, SegmentLog } from './segment-log';
import { Slices } from '../base/slices';
import { readSnapshot, writeSnapshot } from './snapshot';
import { statisticsOf, type TsdbStatistics } from './statistics';
import type { TsdbConfig } from './tsdb.config';

export type { TsdbStatistics } from './statistics';

/** What a store is built from. */
export interface TsdbOptions {
  /** The store keeps its files in `tsdb/` of this folder. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly config: TsdbConfig;
  /** Writes to the log and syncs it; a test makes it fail. */
  readonly persist?: Persist;
}

/** So many samples of a batch are taken at a time; in between the event loop has its turn when it waited long enough. */
const BATCH_SLICE = 250;
const BATCH_SLICE_MS = 5;
/** How long replay may hold the event loop. */
const REPLAY_SLICE_MS = 20;
/** A failed log is tried again at most this often. */
const HEAL_INTERVAL = 5_000;

/**
 * Series in memory and on this machine's disk. The newest samples are plain columns in memory; every acknowledged one is
 * also in a log that is synced before the answer; what leaves the hot window goes to compressed blocks.
 */
export class TsdbSeriesStore implements SeriesStore, SeriesAdmin {
  readonly name = 'tsdb';
  /** Arrays are appended to beyond what a reader sees, or replaced; see `MemSeries`. */
  readonly stableColumns = true;
  private readonly directory: string;
  private readonly head: Head;
  private readonly exemplarRing: ExemplarRing;
  private readonly known = new Map<string, MetricMetadata>();
  private readonly log: SegmentLog;
  private readonly blocks: BlockSet;
  private readonly querier: Querier;
  private readonly appender: Appender;
  private readonly listeners = new Set<(touched: readonly Labels[], newest: EpochMillis) => void>();
  private readonly syncs: Counter;
  private lock: FolderLock | undefined;
  private ticker: Ticker | undefined;
  private checkpointing: Promise<void> | undefined;
  /** The end of what moves, merges or removes samples on disk: one after the other. */
  private upkeep: Promise<unknown> = Promise.resolve();
  private turn: Promise<void> | undefined;
  private healedAt = -Infinity;
  private segments = { min: 0, max: 0, current: 0 };
  private stopped = true;

  constructor(private readonly options: TsdbOptions) {
    const { clock, logger, config, telemetry } = options;
    this.directory = join(options.dataDir, 'tsdb');
    this.head = new Head(config);
    this.exemplarRing = new ExemplarRing(config.maxExemplars);
    this.syncs = telemetry.counter('telltale_tsdb_syncs_total', 'Syncs of the log of samples.');
    this.log = new SegmentLog({
      directory: join(this.directory, 'log'),
      segmentBytes: config.segmentBytes,
      maxPendingBytes: config.maxPendingBytes,
      logger,
      onSync: () => this.syncs.add(),
      ...(options.persist && { persist: options.persist }),
    });
    this.blocks = new BlockSet(join(this.directory, 'blocks'), clock, logger);
    this.querier = new Querier(this.head, this.blocks, clock);
    this.appender = new Appender(this.head, this.exemplarRing, this.log, config, telemetry);
    telemetry.observedGauge('telltale_tsdb_series', 'Series known.', () => this.head.seriesCount);
    telemetry.observedGauge('telltale_tsdb_series_ratio', 'Series known, of the most allowed.', () => {
      return this.head.seriesCount / config.maxSeries;
    });
    telemetry.observedGauge('telltale_tsdb_blocks', 'Blocks on disk.', () => this.blocks.count);
    telemetry.observedGauge('telltale_tsdb_block_bytes', 'Size of the blocks on disk.', () => this.blocks.sizeBytes);
    telemetry.observedGauge('telltale_tsdb_log_bytes', 'Size of the log on disk.', () => this.log.size);
    telemetry.observedGauge('telltale_tsdb_log_pending_bytes', 'Samples that wait for the disk.', () => {
      return this.log.pendingBytes;
    });
  }

  /** Reads back what was acknowledged before, then takes samples. @throws FolderLockedError */
  async start(): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    this.lock = await FolderLock.take(this.directory);
    try {
      await this.open();
    } catch (error) {
      await this.lock.release();
      throw error;
    }
  }

  private async open(): Promise<void> {
    const { clock, logger, config } = this.options;
    await removeUnfinished(this.directory);
    await removeUnfinishedCopies(this.options.dataDir);
    await this.blocks.open();
    const since = clock.elapsed();
    const replay = new Replay(this.head, this.exemplarRing, this.known);
    const onPayload = (payload: Buffer): void => {
      try {
        readRecords(payload, replay);
      } catch (error) {
        logger.error('a record of the sample log cannot be read and is left out', { error: messageOf(error) });
      }
    };
    let sliceStart = since;
    const betweenFrames = async (): Promise<void> => {
      if (clock.elapsed() - sliceStart < REPLAY_SLICE_MS) return;
      await nextTurn();
      sliceStart = clock.elapsed();
    };
    const first = await readSnapshot(this.directory, onPayload, betweenFrames, logger);
    await this.log.replay(first, onPayload, betweenFrames);
    const last = Math.max(first, this.log.lastSegment);
    this.segments = { min: first, max: last, current: last };
    this.head.forgetNewborns();
    this.head.reserve(this.blocks.nextSeries);
    await this.log.open();
    if (replay.orphans > 0) logger.warn('samples of unknown series in the log', { samples: replay.orphans });
    logger.info('series read back', {
      series: this.head.seriesCount,
      blocks: this.blocks.count,
      seconds: Math.round(clock.elapsed() - since) / 1000,
    });
    this.stopped = false;
    this.ticker = new Ticker(clock, config.cutInterval, () => this.checkpointQuietly());
    this.ticker.start();
  }

  /** The first and last segment of the log that were read back at the start, and the one reached. */
  get replayed(): { readonly min: number; readonly max: number; readonly current: number } {
    return this.segments;
  }

  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    this.ticker?.stop();
    await this.idle();
    await this.log.close();
    await this.blocks.close();
    await this.lock?.release();
  }

  async append(samples: readonly IncomingSample[]): Promise<AppendOutcome> {
    if (this.log.failed) this.heal();
    this.log.checkRoom();
    const outcome =
      samples.length <= BATCH_SLICE && this.turn === undefined ? this.take(samples) : await this.takeInSlices(samples);
    await this.log.commit();
    if (this.log.size > this.options.config.maxLogBytes) void this.checkpointQuietly();
    return outcome;
  }

  describe(metadata: ReadonlyMap<string, MetricMetadata>): void {
    const { maxMetadata } = this.options.config;
    for (const [name, entry] of metadata) {
      const before = this.known.get(name);
      if (before?.type === entry.type && before.help === entry.help && before.unit === entry.unit) continue;
      if (before === undefined && this.known.size >= maxMetadata) continue;
      this.known.set(name, entry);
      if (!this.stopped) this.log.write((out) => writeMetadataRecord(out, name, entry));
    }
  }

  onAppend(listener: (touched: readonly Labels[], newest: EpochMillis) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  select(
    matchers: readonly Matcher[],
    start: EpochMillis,
    end: EpochMillis,
    hints?: SelectHints,
  ): SeriesColumns[] | Promise<SeriesColumns[]> {
    return this.querier.select(matchers, start, end, hints);
  }

  newest(labels: Labels): NewestSample | undefined {
    return this.head.find(labels)?.newestSample();
  }

  async series(selectors: readonly (readonly Matcher[])[], start: EpochMillis, end: EpochMillis): Promise<Labels[]> {
    const present = await this.querier.present(await this.querier.matching(selectors), start, end);
    return present.map(({ labels }) => labels);
  }

  async labelNames(
    selectors: readonly (readonly Matcher[])[],
    start: EpochMillis,
    end: EpochMillis,
  ): Promise<string[]> {
    const names = new Set<string>();
    const present = await this.series(selectors, start, end);
    await new Slices(this.options.clock).each(present.length, 1024, (i) => {
      const flat = present[i]?.flat ?? [];
      for (let at = 0; at < flat.length; at += 2) names.add(flat[at] ?? '');
    });
    return [...names].sort(compareCodePoints);
  }

  async labelValues(
    label: string,
    selectors: readonly (readonly Matcher[])[],
    start: EpochMillis,
    end: EpochMillis,
  ): Promise<string[]> {
    const values = new Set<string>();
    const present = await this.series(selectors, start, end);
    await new Slices(this.options.clock).each(present.length, 1024, (i) => {
      const value = present[i]?.get(label) ?? '';
      if (value !== '') values.add(value);
    });
    return [...values].sort(compareCodePoints);
  }

  exemplars(
    selectors: readonly (readonly Matcher[])[],
    start: EpochMillis,
    end: EpochMillis,
  ): Promise<{ labels: Labels; exemplars: Exemplar[] }[]> {
    const isWanted = ({ labels }: MemSeries): boolean =>
      selectors.length === 0 || selectors.some((matchers) => matchesAll(matchers, labels));
    const found = this.exemplarRing.find(isWanted, start, end);
    return Promise.resolve([...found].map(([series, exemplars]) => ({ labels: series.labels, exemplars })));
  }

  metadata(metric?: string): Promise<ReadonlyMap<string, MetricMetadata>> {
    if (metric === undefined) return Promise.resolve(new Map(this.known));
    const entry = this.known.get(metric);
    return Promise.resolve(new Map(entry ? [[metric, entry]] : []));
  }

  /** See `SeriesRemover`. Waits for a checkpoint under way. */
  deleteSamples(matchers: readonly Matcher[], start: EpochMillis, end: EpochMillis): Promise<void> {
    const { head, blocks, log } = this;
    return this.alone(() => deleteSamples({ head, blocks, log }, matchers, start, end, this.options.clock));
  }

  /** Writes the blocks of which something is deleted anew without it. */
  cleanDeleted(): Promise<void> {
    return this.alone(() => this.blocks.clean());
  }

  /** Copies the store to `snapshots/<name>` of its data folder; blocks take no more space than once. */
  copy(sealedOnly: boolean): Promise<string> {
    const { dataDir, clock } = this.options;
    return this.alone(() =>
      makeCopy(dataDir, clock.now(), (directory) => this.copyTo(join(directory, 'tsdb'), sealedOnly)),
    );
  }

  /** How much the store holds, with the metrics and labels that hold the most. */
  statistics(limit = 10): TsdbStatistics {
    return statisticsOf(this.head, this.blocks, limit);
  }

  /**
   * Cuts what left the hot window to a block, shortens the log to what is newer, and applies retention. Runs by itself;
   * one at a time.
   */
  checkpoint(at: EpochMillis): Promise<void> {
    this.checkpointing ??= this.alone(() => this.runCheckpoint(at)).finally(() => (this.checkpointing = undefined));
    return this.checkpointing;
  }

  /** Resolves when no checkpoint is under way, nor anything else that works on the files. */
  async idle(): Promise<void> {
    await this.upkeep;
  }

  /** Runs work on the files after what is under way. @throws StoreUnavailableError when the store is stopped. */
  private async alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.stopped) throw new StoreUnavailableError('the store of series is stopped');
    const done = this.upkeep.then(work);
    this.upkeep = done.catch(() => undefined);
    return done;
  }

  private async copyTo(directory: string, sealedOnly: boolean): Promise<void> {
    const source = { head: this.head, exemplars: this.exemplarRing, metadata: this.known };
    const { clock } = this.options;
    await this.blocks.linkTo(join(directory, 'blocks'));
    if (sealedOnly) {
      await writeSnapshot(directory, 1, source, clock, await this.blocks.holding());
    } else {
      // Memory while it is written, and the log of that while: what a restart at the end of it would give.
      const first = await this.log.rotate();
      await writeSnapshot(directory, first, source, clock);
      await this.log.linkTo(join(directory, 'log'), first, await this.log.rotate());
    }
    await syncDirectory(directory);
  }

  private async runCheckpoint(at: EpochMillis): Promise<void> {
    const { clock, config } = this.options;
    const oldest = at - config.retention;
    await cutBlock(this.head, this.blocks, at - config.hot, clock);
    await this.blocks.compact();
    await this.blocks.retain(oldest, config.retentionBytes, this.log.size);
    // A series within the window must stay known: late samples are judged by its newest.
    await dropDead(this.head, this.blocks, at - Math.max(config.hot, config.outOfOrderWindow), clock);
    const segment = await this.log.rotate();
    await this.snapshot(segment);
    await this.log.removeBefore(segment);
  }

  /** After the log failed: once all of memory is in a snapshot, samples are taken again. Tried now and then. */
  private heal(): void {
    const { clock, logger } = this.options;
    if (this.stopped || this.checkpointing !== undefined || clock.elapsed() - this.healedAt < HEAL_INTERVAL) return;
    this.healedAt = clock.elapsed();
    this.checkpointing = this.alone(() => this.restartLog())
      .then(() => logger.info('the log of samples works again'))
      .catch((error: unknown) => logger.error('the log of samples still fails', { error: messageOf(error) }))
      .finally(() => (this.checkpointing = undefined));
  }

  private async restartLog(): Promise<void> {
    const segment = await this.log.restart();
    await this.snapshot(segment);
    this.log.resume();
    await this.log.removeBefore(segment);
  }

  private snapshot(segment: number): Promise<void> {
    const source = { head: this.head, exemplars: this.exemplarRing, metadata: this.known };
    return writeSnapshot(this.directory, segment, source, this.options.clock);
  }

  private async checkpointQuietly(): Promise<void> {
    if (this.stopped) return;
    try {
      await this.checkpoint(this.options.clock.now());
    } catch (error) {
      this.options.logger.error('samples could not be moved to a block', { error: messageOf(error) });
    }
  }

  private take(samples: readonly IncomingSample[]): AppendOutcome {
    const { touched, newest, ...outcome } = this.appender.take(
      samples,
      this.options.clock.now(),
      this.listeners.size > 0,
    );
    if (touched.length > 0) this.tell(touched, newest);
    return outcome;
  }

  /** A long batch holds up the event loop only a slice at a time; batches behind it wait, so that order is kept. */
  private async takeInSlices(samples: readonly IncomingSample[]): Promise<AppendOutcome> {
    while (this.turn !== undefined) await this.turn;
    let release: () => void = () => undefined;
    this.turn = new Promise<void>((resolve) => (release = resolve));
    try {
      let total: AppendOutcome = { appended: 0, refused: {}, examples: {} };
      const { clock } = this.options;
      let since = clock.elapsed();
      for (let at = 0; at < samples.length; at += BATCH_SLICE) {
        if (clock.elapsed() - since > BATCH_SLICE_MS) {
          await nextTurn();
          since = clock.elapsed();
        }
        total = addOutcomes(total, this.take(samples.slice(at, at + BATCH_SLICE)));
      }
      return total;
    } finally {
      this.turn = undefined;
      release();
    }
  }

  private tell(touched: readonly Labels[], newest: EpochMillis): void {
    for (const listener of this.listeners) {
      try {
        listener(touched, newest);
      } catch (error) {
        this.options.logger.error('a listener to new samples failed', { error: messageOf(error) });
      }
    }
  }
}

function addOutcomes(a: AppendOutcome, b: AppendOutcome): AppendOutcome {
  const refused: Record<string, number> = { ...a.refused };
  for (const [reason, count] of Object.entries(b.refused)) refused[reason] = (refused[reason] ?? 0) + count;
  return { appended: a.appended + b.appended, refused, examples: { ...b.examples, ...a.examples } };
}
