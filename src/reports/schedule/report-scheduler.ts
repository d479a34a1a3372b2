import type { Clock, EpochMillis, Millis, Timer } from '../../base/clock';
import { BadInputError, messageOf, NotFoundError } from '../../base/errors';
import type { Logger } from '../../base/logger';
import type { Telemetry } from '../../base/telemetry';
import type { StateStore } from '../../storage';
import type { ReportPeriod, SectionId } from '../report';
import type { ReportsConfig, ReportSchedule } from '../reports.config';
import { dueAfter, dueUpTo, periodsOf } from './calendar';
import type { ReportDelivery, ReportMessage, ReportSink } from './report-sink';

const SPACE = 'reports.schedules';
/** The wall clock may be set: no timer is longer. */
const LONGEST_WAIT: Millis = 3_600_000;
const FIRST_RETRY: Millis = 60_000;
const LAST_RETRY: Millis = 3_600_000;

/** What a report is to be made of. */
export interface MessageRequest {
  readonly name: string;
  readonly period: ReportPeriod;
  readonly previous: ReportPeriod | undefined;
  readonly sections: readonly SectionId[];
}

/** The words of a report. */
export type ReportWords = Pick<ReportMessage, 'title' | 'summary' | 'text' | 'html'>;

/** What the scheduler is built with. */
export interface ReportSchedulerOptions {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly sink: ReportSink;
  /** The address at which people reach the stack. */
  readonly externalUrl: string;
  make(request: MessageRequest): Promise<ReportWords>;
}

/** A schedule as it stands. */
export interface ScheduleStatus {
  readonly name: string;
  readonly receivers: readonly string[];
  readonly channels: readonly string[];
  readonly next: EpochMillis | null;
  /** When the last report that was made was due; null before the first. */
  readonly last: EpochMillis | null;
  readonly deliveries: readonly ReportDelivery[];
  /** Why the report that is due could not be made yet. */
  readonly error: string | null;
  /** When that is tried again. */
  readonly retryAt: EpochMillis | null;
  /** Sentences about receivers that cannot be reached. */
  readonly faults: readonly string[];
}

/** A report that was made, and who it goes to. */
export interface SentReport {
  readonly message: ReportMessage;
  readonly channels: readonly string[];
  readonly faults: readonly string[];
}

interface Entry {
  schedule: ReportSchedule;
  /** Up to here everything due has been sent, or lies before the schedule was known. */
  done: EpochMillis;
  sent: EpochMillis | undefined;
  failures: number;
  error: string | undefined;
  retryAt: EpochMillis;
}

/**
 * Sends reports when they are due. What has been sent is written in the transaction that puts the messages on disk, so that
 * a restart sends nothing twice; of runs missed while the process was down the last is made up for, once. A report that
 * cannot be made is tried again with growing patience; one that cannot be delivered is the sink's to repeat.
 */
export class ReportScheduler {
  private readonly entries = new Map<string, Entry>();
  private readonly known = new Map<string, { done: EpochMillis; sent?: EpochMillis }>();
  private timer: Timer | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(private readonly options: ReportSchedulerOptions) {
    const { telemetry } = options;
    telemetry.observedGauge(
      'telltale_report_schedules',
      'Reports that are sent by themselves.',
      () => this.entries.size,
    );
  }

  /** Takes up the state of the last run and begins. */
  async start(config: ReportsConfig): Promise<void> {
    for (const { key, value } of await this.options.state.load(SPACE)) if (isRow(value)) this.known.set(key, value);
    await this.reload(config);
  }

  /** Begins nothing more; resolves when the report under way is made. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.running;
  }

  /** Goes over to other schedules. One that keeps its name keeps what it has sent. */
  reload(config: ReportsConfig): Promise<void> {
    const taken = this.running.then(() => this.take(config));
    this.running = taken.catch(() => undefined);
    return taken;
  }

  /** All schedules as they stand. */
  status(): Promise<ScheduleStatus[]> {
    const { sink } = this.options;
    return Promise.all(
      [...this.entries.values()].map(async ({ schedule, done, sent, error, retryAt }): Promise<ScheduleStatus> => {
        const { channels, faults } = sink.audience(schedule.receivers);
        return {
          name: schedule.name,
          receivers: schedule.receivers,
          channels,
          next: dueAfter(schedule, Math.max(done, this.options.clock.now())) ?? null,
          last: sent ?? null,
          deliveries: sent === undefined ? [] : await sink.deliveries(keyOf(schedule.name, sent), sent),
          error: error ?? null,
          retryAt: error === undefined ? null : retryAt,
          faults,
        };
      }),
    );
  }

  /**
   * Makes a schedule's report now, as if it were due, and sends it unless it is only tried.
   * @throws NotFoundError where no schedule has the name.
   * @throws BadInputError where it reaches nobody.
   */
  async send(name: string, { dryRun }: { readonly dryRun: boolean }): Promise<SentReport> {
    const entry = this.entries.get(name);
    if (entry === undefined)
      throw new NotFoundError(
        `no scheduled report named "${name}"; known: ${[...this.entries.keys()].join(', ') || 'none, see reports.schedules'}`,
      );
    const { sink, clock } = this.options;
    const { schedule } = entry;
    const audience = sink.audience(schedule.receivers);
    if (!dryRun && audience.channels.length === 0)
      throw new BadInputError(`the report "${name}" reaches nobody: ${audience.faults.join('; ')}`);
    const at = clock.now();
    const message = await this.message(schedule, at, at);
    if (!dryRun) await sink.send(message, schedule.receivers, []);
    return { message, ...audience };
  }

  private async take({ schedules }: ReportsConfig): Promise<void> {
    const now = this.options.clock.now();
    const fresh = schedules.filter(({ name }) => !this.known.has(name));
    // Without this a first report would be made up for at every restart.
    if (fresh.length > 0)
      await this.options.state.commit(
        fresh.map(({ name }) => ({ op: 'put', space: SPACE, key: name, value: { done: now } })),
      );
    for (const { name } of fresh) this.known.set(name, { done: now });
    const before = new Map(this.entries);
    this.entries.clear();
    for (const schedule of schedules) {
      const { done, sent } = this.known.get(schedule.name) ?? { done: now };
      const old = before.get(schedule.name);
      this.entries.set(schedule.name, {
        schedule,
        done,
        sent,
        failures: old?.failures ?? 0,
        error: old?.error,
        retryAt: 0,
      });
      for (const fault of this.options.sink.audience(schedule.receivers).faults)
        this.options.logger.warn('a scheduled report cannot reach everyone', { schedule: schedule.name, fault });
    }
    this.arm();
  }

  private arm(): void {
    this.timer?.cancel();
    if (this.stopped || this.entries.size === 0) return;
    const now = this.options.clock.now();
    let next = now + LONGEST_WAIT;
    for (const { schedule, done, retryAt } of this.entries.values()) {
      const due = dueAfter(schedule, done);
      if (due !== undefined) next = Math.min(next, Math.max(due, retryAt));
    }
    this.timer = this.options.clock.schedule(Math.max(0, next - now), () => {
      this.running = this.running.then(() => this.tick()).then(() => this.arm());
    });
  }

  private async tick(): Promise<void> {
    for (const entry of [...this.entries.values()]) {
      const now = this.options.clock.now();
      const due = dueUpTo(entry.schedule, now);
      if (this.stopped || due === undefined || due <= entry.done || now < entry.retryAt) continue;
      await this.run(entry, due);
    }
  }

  private async run(entry: Entry, due: EpochMillis): Promise<void> {
    const { sink, logger, clock } = this.options;
    const { schedule } = entry;
    const missed = dueAfter(schedule, entry.done);
    try {
      const message = await this.message(schedule, due, clock.now());
      const row = { done: due, sent: due };
      const channels = await sink.send(message, schedule.receivers, [
        { op: 'put', space: SPACE, key: schedule.name, value: row },
      ]);
      this.known.set(schedule.name, row);
      Object.assign(entry, { ...row, failures: 0, error: undefined, retryAt: 0 });
      this.count(schedule.name, channels.length === 0 ? 'nobody' : 'sent');
      logger.info('a scheduled report is on its way', {
        schedule: schedule.name,
        channels: channels.join(', '),
        ...(missed !== undefined && missed < due ? { missedSince: new Date(missed).toISOString() } : {}),
      });
    } catch (error) {
      entry.failures++;
      entry.error = messageOf(error);
      entry.retryAt = clock.now() + Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (entry.failures - 1));
      this.count(schedule.name, 'failed');
      logger.warn('a scheduled report could not be made and will be tried again', {
        schedule: schedule.name,
        error: entry.error,
        at: new Date(entry.retryAt).toISOString(),
      });
    }
  }

  private async message(schedule: ReportSchedule, due: EpochMillis, at: EpochMillis): Promise<ReportMessage> {
    const { externalUrl, make } = this.options;
    const { period, previous } = periodsOf(schedule, due);
    const { name, sections, compare } = schedule;
    const words = await make({ name, period, previous: compare ? previous : undefined, sections });
    const parameters = new URLSearchParams({
      from: String(period.start),
      to: String(period.end),
      format: 'html',
      sections: sections.join(','),
      ...(compare ? { before: String(previous.start) } : { compare: 'false' }),
    });
    return {
      ...words,
      key: keyOf(name, due),
      at,
      fileName: `report-${name}-${new Date(period.end).toISOString().slice(0, 10)}.html`,
      url: `${externalUrl.replace(/\/$/, '')}/api/stack/reports?${parameters.toString()}`,
    };
  }

  private count(schedule: string, outcome: 'sent' | 'nobody' | 'failed'): void {
    this.options.telemetry
      .counter('telltale_report_runs_total', 'Scheduled reports by outcome.', { schedule, outcome })
      .add();
  }
}

function keyOf(name: string, due: EpochMillis): string {
  return `report/${name}/${new Date(due).toISOString()}`;
}

function isRow(value: unknown): value is { done: EpochMillis; sent?: EpochMillis } {
  return typeof value === 'object' && value !== null && 'done' in value && typeof value.done === 'number';
}
