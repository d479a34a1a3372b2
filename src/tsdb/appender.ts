import type { EpochMillis } from '../base/clock';
import type { Counter, Telemetry } from '../base/telemetry';
import type { Labels } from '../domain/labels';
import type { AppendOutcome, IncomingSample, RefusalReason } from '../storage';
import type { ExemplarRing } from './exemplar-ring';
import type { Head, HeadLimits } from './head';
import type { MemSeries } from './mem-series';
import { SamplesRecord, writeExemplarRecord, writeSeriesRecord } from './records';
import type { SegmentLog } from './segment-log';

/** What bounds an append; see `tsdbConfig`. */
export interface AppendLimits extends HeadLimits {
  readonly retention: number;
  readonly maxFuture: number;
}

/** What became of a batch, and what it touched. */
export interface Taken extends AppendOutcome {
  /** Empty unless asked for. */
  readonly touched: readonly Labels[];
  /** The newest sample taken; -Infinity when none was. */
  readonly newest: EpochMillis;
}

/** Judges samples, puts those that pass into memory, and writes them to the log. */
export class Appender {
  private readonly taken: Counter;
  private readonly refused = new Map<RefusalReason, Counter>();

  constructor(
    private readonly head: Head,
    private readonly exemplars: ExemplarRing,
    private readonly log: SegmentLog,
    private readonly limits: AppendLimits,
    private readonly telemetry: Telemetry,
  ) {
    this.taken = telemetry.counter('telltale_tsdb_samples_total', 'Samples taken.');
  }

  /** Synchronous: the batch is visible when it returns, durable when the log's next commit resolves. */
  take(samples: readonly IncomingSample[], at: EpochMillis, wantTouched: boolean): Taken {
    const refused: Partial<Record<RefusalReason, number>> = {};
    const examples: Partial<Record<RefusalReason, string>> = {};
    const touched = new Set<Labels>();
    const added: MemSeries[] = [];
    const logged: { series: MemSeries; sample: IncomingSample; t: number }[] = [];
    const marked: { series: MemSeries; sample: IncomingSample }[] = [];
    let appended = 0;
    let newest = -Infinity;
    const refuse = (reason: RefusalReason, sample: IncomingSample): void => {
      refused[reason] = (refused[reason] ?? 0) + 1;
      examples[reason] ??= this.example(reason, sample);
    };
    for (const sample of samples) {
      const t = Math.trunc(sample.t);
      if (!(t <= at + this.limits.maxFuture)) {
        refuse('too_far_in_future', sample);
        continue;
      }
      if (t < at - this.limits.retention) {
        refuse('too_old', sample);
        continue;
      }
      let series = this.head.find(sample.labels);
      if (series === undefined) {
        const reason = this.head.refusal(sample.labels);
        if (reason !== undefined) {
          refuse(reason, sample);
          continue;
        }
        series = this.head.add(sample.labels);
        added.push(series);
      }
      const outcome = this.head.take(series, t, sample.value, sample.stale === true, sample.histogram);
      if (outcome !== 'taken' && outcome !== 'same') {
        refuse(outcome, sample);
        continue;
      }
      appended++;
      if (outcome === 'taken') {
        logged.push({ series, sample, t });
        if (wantTouched) touched.add(series.labels);
        if (t > newest) newest = t;
      }
      if (sample.exemplar && this.exemplars.add(series, sample.exemplar)) marked.push({ series, sample });
    }
    this.writeLog(added, logged, marked);
    this.count(appended, refused);
    return { appended, refused, examples, touched: [...touched], newest };
  }

  private writeLog(
    added: readonly MemSeries[],
    logged: readonly { readonly series: MemSeries; readonly sample: IncomingSample; readonly t: number }[],
    marked: readonly { readonly series: MemSeries; readonly sample: IncomingSample }[],
  ): void {
    if (added.length + logged.length + marked.length === 0) return;
    this.log.write((out) => {
      for (const series of added) writeSeriesRecord(out, series.id, series.labels, -Infinity);
      const record = new SamplesRecord(out);
      for (const { series, sample, t } of logged) {
        record.add(series.id, t, sample.value, sample.stale === true, sample.histogram);
      }
      record.finish();
      for (const { series, sample } of marked) {
        if (sample.exemplar) writeExemplarRecord(out, series.id, sample.exemplar);
      }
    });
  }

  private count(appended: number, refused: Readonly<Partial<Record<RefusalReason, number>>>): void {
    this.taken.add(appended);
    for (const reason of REASONS) {
      const count = refused[reason];
      if (count === undefined) continue;
      let counter = this.refused.get(reason);
      if (counter === undefined) {
        counter = this.telemetry.counter('telltale_tsdb_refused_samples_total', 'Samples refused.', { reason });
        this.refused.set(reason, counter);
      }
      counter.add(count);
    }
  }

  private example(reason: RefusalReason, { labels, t }: IncomingSample): string {
    const { limits } = this;
    const name = clip(labels.toString());
    switch (reason) {
      case 'series_limit':
        return `${name}: there are ${limits.maxSeries} series already`;
      case 'metric_series_limit':
        return `${name}: metric ${labels.metricName} has ${limits.maxSeriesPerMetric} series already`;
      case 'label_limit':
        return labels.size > limits.maxLabelsPerSeries
          ? `${name}: ${labels.size} labels, at most ${limits.maxLabelsPerSeries} are taken`
          : `${name}: a label is longer than ${limits.maxLabelValueLength} characters`;
      default:
        return `${name} at ${t}`;
    }
  }
}

const REASONS: readonly RefusalReason[] = [
  'out_of_order',
  'duplicate',
  'too_old',
  'too_far_in_future',
  'series_limit',
  'metric_series_limit',
  'label_limit',
];

function clip(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`;
}
