import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { BenchDefinition, BenchOptions } from '../base/bench';
import { silentLogger } from '../base/logger';
import { noTelemetry } from '../base/telemetry';
import { ManualClock } from '../base/testing/manual-clock';
import { Labels } from '../domain/labels';
import type { LedgerRow } from '../domain/ledger';
import { sampleSpans } from '../otlp/testing/sample-spans';
import { promqlConfig, PromqlEngine } from '../promql';
import { spandbConfig, SqliteLedgerStore, SqliteSpanStore } from '../spandb';
import { tsdbConfig, TsdbSeriesStore } from '../tsdb';
import { StackFacts } from './stack-facts';
import { StackReports } from './stack-reports';
import { generateWeek } from './testing/assistant-week';

const DAY = 86_400_000;
const SERIES_STEP = 60_000;
const BATCH = 4_096;
const SERIES = 10_000;
const BUCKETS = ['0.01', '0.1', '1', '10', '+Inf'];

/** A day's report over stored spans, calls and series, and the longest that the main thread is held up meanwhile. */
export const bench: BenchDefinition = {
  name: 'reports',
  async run(options) {
    const dataDir = mkdtempSync(join(tmpdir(), 'telltale-bench-'));
    try {
      return await measure(dataDir, options);
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
};

/**
 * The processor time that the main thread uses between two looks a millisecond apart, at most: what it holds others up by
 * itself, however busy the machine is. Linux tells it; elsewhere it is not known.
 */
class TurnWatch {
  private readonly path = `/proc/self/task/${process.pid}/schedstat`;
  private longest = 0;
  private last = this.read();
  private readonly timer = setInterval(() => this.look(), 1);

  /** Milliseconds. */
  stop(): number | undefined {
    clearInterval(this.timer);
    return this.last === undefined ? undefined : this.longest;
  }

  private look(): void {
    const now = this.read();
    if (now === undefined || this.last === undefined) return;
    this.longest = Math.max(this.longest, now - this.last);
    this.last = now;
  }

  private read(): number | undefined {
    try {
      return Number(readFileSync(this.path, 'utf8').split(' ')[0]) / 1e6;
    } catch {
      return undefined;
    }
  }
}

/** Its wall clock is moved by hand, its stopwatch is the machine's: work is sliced as it is in earnest. */
class BenchClock extends ManualClock {
  override elapsed(): number {
    return performance.now();
  }
}

async function measure(dataDir: string, { out, full }: BenchOptions): Promise<Record<string, number>> {
  const spanCount = full ? 2_000_000 : 400_000;
  const seriesCount = full ? SERIES : SERIES / 5;
  const callCount = full ? 100_000 : 20_000;
  const clock = new BenchClock();
  const start = clock.now();
  const around = { dataDir, clock, logger: silentLogger, telemetry: noTelemetry };
  const spans = new SqliteSpanStore({ ...around, config: spandbConfig.parse({}) });
  const series = new TsdbSeriesStore({ ...around, config: tsdbConfig.parse({ cutInterval: 1e12 }) });
  const ledger = new SqliteLedgerStore({ dataDir, price: (row) => row });
  await Promise.all([spans.start(), series.start(), ledger.start()]);
  try {
    await fillSpans(spans, spanCount, start);
    await fillLedger(ledger, callCount, start);
    await fillSeries(series, seriesCount, clock, start);
    out(`stored                   ${spanCount} spans, ${callCount} calls, ${seriesCount} series over a day`);
    const engine = new PromqlEngine(series, clock, promqlConfig.parse({}));
    const reports = new StackReports(
      new StackFacts({ ledger, spans, engine }),
      { ledger, spans },
      { pricesFile: null, externalUrl: null },
    );
    await reports.report({ period: { start, end: start + DAY / 4 }, previous: undefined }, 'html');
    const delays = monitorEventLoopDelay({ resolution: 1 });
    delays.enable();
    const turns = new TurnWatch();
    const cpu = process.cpuUsage();
    const began = performance.now();
    const page = await reports.report({ period: { start, end: start + DAY }, previous: undefined }, 'html');
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    delays.disable();
    const longestTurnMs = turns.stop();
    const figures = {
      reportSeconds: seconds,
      reportCpuSeconds: (user + system) / 1e6,
      stallMaxMs: delays.max / 1e6,
      stallP99Ms: delays.percentile(99) / 1e6,
      ...(longestTurnMs === undefined ? {} : { turnCpuMaxMs: longestTurnMs }),
      pageKilobytes: page.length / 1024,
    };
    out(
      `report with its page     ${seconds.toFixed(2)} s (${figures.reportCpuSeconds.toFixed(2)} s of processor time)`,
    );
    out(
      `main thread stall        ${figures.stallMaxMs.toFixed(1)} ms at worst, p99 ${figures.stallP99Ms.toFixed(1)} ms`,
    );
    if (longestTurnMs !== undefined)
      out(`main thread's longest turn  ${longestTurnMs.toFixed(1)} ms of processor time, waits for a core left out`);
    return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Math.round(value * 100) / 100]));
  } finally {
    await Promise.all([spans.stop(), series.stop(), ledger.stop()]);
  }
}

async function fillSpans(store: SqliteSpanStore, count: number, start: number): Promise<void> {
  const perSpan = DAY / count;
  for (let from = 0, seed = 1; from < count; from += BATCH, seed++) {
    const batch = sampleSpans(Math.min(BATCH, count - from), {
      seed,
      start: start + from * perSpan,
      step: 8 * perSpan,
    });
    await store.write(
      batch.map((span, index) =>
        index % 40 === 0
          ? {
              ...span,
              attributes: {
                ...span.attributes,
                'gen_ai.tool.name': 'read_file',
                'gen_ai.tool.call.arguments': `{"path":"${index}"}`,
              },
              name: 'execute_tool read_file',
            }
          : span,
      ),
    );
  }
  await store.flush();
}

async function fillLedger(store: SqliteLedgerStore, count: number, start: number): Promise<void> {
  const { calls } = generateWeek({ seed: 3, days: 1 });
  for (let from = 0; from < count; from += 1_000) {
    const rows = Array.from({ length: 1_000 }, (_, index): LedgerRow => {
      const at = from + index;
      const like = calls[at % calls.length];
      if (like === undefined) throw new Error('the generated day is empty');
      const round = Math.floor(at / calls.length);
      return {
        ...like,
        id: `${like.id}/${round}`,
        session: `${like.session}/${round}`,
        at: start + (at * DAY) / count,
      };
    });
    await store.write(rows, []);
  }
}

async function fillSeries(store: TsdbSeriesStore, count: number, clock: ManualClock, start: number): Promise<void> {
  const all = Array.from({ length: count }, (_, index) => {
    const of = Math.floor(index / (BUCKETS.length + 3));
    const part = index % (BUCKETS.length + 3);
    const base = {
      service_name: `service-${of % 20}`,
      span_name: `operation ${of}`,
      stage: ['parsing', 'inference', 'tool', 'response'][of % 4] ?? '',
    };
    const le = BUCKETS[part];
    const name =
      le !== undefined
        ? 'duration_seconds_bucket'
        : ['duration_seconds_sum', 'duration_seconds_count', 'calls_total'][part - BUCKETS.length];
    return Labels.of({ ...base, __name__: `traces_span_metrics_${name}`, ...(le === undefined ? {} : { le }) });
  });
  for (let t = start; t <= start + DAY; t += SERIES_STEP) {
    await clock.advanceTo(t);
    await store.append(
      all.map((labels, index) => ({ labels, t, value: ((t - start) / SERIES_STEP) * (1 + (index % 7)) })),
    );
  }
}
