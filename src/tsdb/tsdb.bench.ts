import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchDefinition } from '../base/bench';
import { watchLoopHolds } from '../base/loop-holds';
import { silentLogger } from '../base/logger';
import { noTelemetry } from '../base/telemetry';
import { ManualClock } from '../base/testing/manual-clock';
import { Labels } from '../domain/labels';
import { Matcher } from '../domain/matcher';
import type { IncomingSample } from '../storage';
import { tsdbConfig } from './tsdb.config';
import { TsdbSeriesStore } from './tsdb-series-store';

const SERIES = 10_000;
const STEP = 15_000;
const STEPS = 240;

/** Appends an hour of 10,000 series at 15 s, then measures memory, selection, checkpoint, replay and query of blocks. */
export const bench: BenchDefinition = {
  name: 'tsdb',
  async run({ out }) {
    const dataDir = mkdtempSync(join(tmpdir(), 'telltale-bench-'));
    try {
      return await measure(dataDir, out);
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
};

/** Its wall clock is moved by hand, its stopwatch is the machine's: work is sliced as it is in earnest. */
class BenchClock extends ManualClock {
  override elapsed(): number {
    return performance.now();
  }
}

async function measure(dataDir: string, out: (line: string) => void): Promise<Record<string, number>> {
  const clock = new BenchClock();
  const start = clock.now();
  const figures: Record<string, number> = {};
  const report = (name: string, value: number, unit: string): void => {
    figures[name] = value;
    out(`${name.padEnd(32)} ${value.toLocaleString('en', { maximumFractionDigits: 2 }).padStart(14)} ${unit}`);
  };
  const open = async (): Promise<TsdbSeriesStore> => {
    const store = new TsdbSeriesStore({
      dataDir,
      clock,
      logger: silentLogger,
      telemetry: noTelemetry,
      config: tsdbConfig.parse({ cutInterval: 1e12 }),
    });
    await store.start();
    return store;
  };

  let store = await open();
  const before = memory();
  // As they come from a decoder: label sets made anew for each request.
  let elapsed = 0;
  const values = new Float64Array(SERIES);
  for (let step = 0; step < STEPS; step++) {
    await clock.advance(STEP);
    elapsed += await appendStep(store, clock.now(), step, values);
  }
  report('append_samples_per_s', (SERIES * STEPS) / (elapsed / 1000), 'samples/s, durable');
  report('bytes_per_series', (memory() - before) / SERIES, 'bytes, 1 h of 15 s in memory');

  const matchers = [new Matcher('__name__', '=', 'llm_request_duration_seconds_bucket')];
  report(
    'select_hot_ms',
    median(20, () => void store.select(matchers, clock.now() - 300_000, clock.now())),
    `ms, 5 min of ${SERIES} series`,
  );

  await store.stop();
  let since = performance.now();
  store = await open();
  report('replay_log_s', (performance.now() - since) / 1000, 's, from the log alone');
  await clock.advance(3_600_000 * 2);
  await store.append([{ labels: labelsOf(0), t: clock.now(), value: 1 }]);
  const holds = watchLoopHolds(clock);
  since = performance.now();
  await store.checkpoint(clock.now());
  report('checkpoint_s', (performance.now() - since) / 1000, 's, the hour to a block');
  report('checkpoint_stall_ms', holds().longest, 'ms CPU, longest hold of the event loop');
  report('block_bytes_per_sample', store.statistics().blockBytes / (SERIES * STEPS), 'bytes');
  since = performance.now();
  const cold = await store.select(matchers, start, clock.now());
  report('select_block_ms', performance.now() - since, `ms, 1 h of ${cold.length} series from a block`);
  await store.stop();
  since = performance.now();
  store = await open();
  report('replay_snapshot_s', (performance.now() - since) / 1000, 's, from a snapshot');
  await store.stop();
  return figures;
}

/** Appends one sample per series; how long it took. */
async function appendStep(store: TsdbSeriesStore, t: number, step: number, values: Float64Array): Promise<number> {
  const batch: IncomingSample[] = [];
  for (let i = 0; i < SERIES; i++) {
    values[i] = (values[i] ?? 0) + ((i * 7 + step * 13) % 10);
    batch.push({ labels: labelsOf(i), t, value: (values[i] ?? 0) * (i % 4 === 0 ? 0.1 : 1) });
  }
  const since = performance.now();
  await store.append(batch);
  return performance.now() - since;
}

function labelsOf(i: number): Labels {
  return Labels.of({
    __name__: 'llm_request_duration_seconds_bucket',
    job: 'assistant',
    instance: `10.0.0.${i % 50}:9100`,
    model: `model-${i % 7}`,
    route: `/v1/route/${Math.floor(i / 350) % 30}`,
    le: String((i % 12) / 4),
    id: String(i),
  });
}

function memory(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function median(times: number, run: () => void): number {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const since = performance.now();
    run();
    taken.push(performance.now() - since);
  }
  return taken.sort((a, b) => a - b)[times >> 1] ?? 0;
}
