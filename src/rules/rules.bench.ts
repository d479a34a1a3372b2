import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchDefinition } from '../base/bench';
import { commandClock, systemClock } from '../base/clock';
import type { Clock, EpochMillis, Millis } from '../base/clock';
import { silentLogger } from '../base/logger';
import { noTelemetry } from '../base/telemetry';
import { ManualClock } from '../base/testing/manual-clock';
import type { Alert } from '../domain/alert';
import { Labels } from '../domain/labels';
import { PromqlEngine } from '../promql';
import { BENCH_INTERVAL, BENCH_START, benchRules, benchSeries } from '../promql/bench-data';
import { BenchPeer } from '../promql/bench-peer';
import type { SeriesColumns } from '../storage';
import { MemoryStateStore } from '../storage/memory';
import { TsdbSeriesStore } from '../tsdb';
import { tsdbConfig } from '../tsdb/tsdb.config';
import { RulesEngine } from './engine/rules-engine';
import { rulesConfig } from './rules.config';

const RULES = 1000;
const GROUPS = 20;
const SERIES = 10_000;
const SAMPLES = 60;
const SLOTS = 8;
const PUSHES = 40;

type Report = (name: string, value: number, unit: string) => void;

/**
 * 1,000 rules (alerts and records) in 20 groups over 10,000 series in the embedded store: processor time per slot with state
 * kept and ALERTS written, the same expressions asked of a Prometheus where one is on PATH, and how long after a sample a rule
 * without `for` fires.
 */
export const bench: BenchDefinition = {
  name: 'rules',
  async run({ out }) {
    const figures: Record<string, number> = {};
    const report: Report = (name, value, unit) => {
      figures[name] = value;
      out(`${name.padEnd(46)} ${value.toLocaleString('en', { maximumFractionDigits: 3 }).padStart(12)} ${unit}`);
    };
    const folder = mkdtempSync(join(tmpdir(), 'rules-bench-'));
    try {
      const all = benchSeries({ series: SERIES, samples: SAMPLES + SLOTS + 2 });
      writeFileSync(join(folder, 'rules.yml'), ruleFile());
      const slot = await slots(folder, all, report);
      await pushes(folder, report);
      await beside(all, slot, report, out);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    return figures;
  },
};

/** Its wall clock is moved by hand, its stopwatch is the machine's: work is sliced as it is in earnest. */
class BenchClock extends ManualClock {
  override elapsed(): number {
    return performance.now();
  }
}

function ruleFile(): string {
  const rules = benchRules(RULES).map((expr, index) =>
    expr.includes(' > ')
      ? `  - {alert: A${index}, expr: ${JSON.stringify(expr)}, for: 1m, labels: {severity: info}, annotations: {summary: "{{ $labels.instance }} is {{ $value | humanize }}"}}`
      : `  - {record: "r:${index}", expr: ${JSON.stringify(expr)}}`,
  );
  const size = RULES / GROUPS;
  const groups = Array.from({ length: GROUPS }, (_, group) =>
    [`- name: g${group}`, '  interval: 15s', '  rules:', ...rules.slice(group * size, (group + 1) * size)].join('\n'),
  );
  return `groups:\n${groups.join('\n')}\n`;
}

function openStore(dataDir: string, clock: Clock): TsdbSeriesStore {
  const config = tsdbConfig.parse({ cutInterval: 1e12 });
  return new TsdbSeriesStore({ dataDir, clock, logger: silentLogger, telemetry: noTelemetry, config });
}

function engineOver(
  series: TsdbSeriesStore,
  clock: Clock,
  files: string,
  accept: (alerts: readonly Alert[]) => Promise<void>,
  config: Record<string, unknown>,
  watch: (engine: PromqlEngine) => Pick<PromqlEngine, 'instant'> = (engine) => engine,
): RulesEngine {
  return new RulesEngine({
    engine: watch(new PromqlEngine(series, clock)),
    series,
    state: new MemoryStateStore(),
    sink: { accept },
    clock,
    logger: silentLogger,
    telemetry: noTelemetry,
    config: rulesConfig.parse({ files: [files], watch: false, ...config }),
    externalUrl: 'http://localhost',
  });
}

/** Processor time per slot. */
async function slots(folder: string, all: readonly SeriesColumns[], report: Report): Promise<Millis> {
  const clock = new BenchClock(BENCH_START + SAMPLES * BENCH_INTERVAL);
  const series = openStore(join(folder, 'slots'), clock);
  await series.start();
  for (let sample = 0; sample < SAMPLES; sample++) await series.append(row(all, sample));
  let handed = 0;
  const quiet = new Quiet();
  const engine = engineOver(
    series,
    clock,
    join(folder, 'rules.yml'),
    (alerts) => {
      handed += alerts.length;
      return Promise.resolve();
    },
    { push: false },
    (own) => quiet.watch(own),
  );
  await engine.start();
  const spent: Millis[] = [];
  for (let slot = 0; slot < SLOTS; slot++) {
    await series.append(row(all, SAMPLES + slot));
    const before = process.cpuUsage();
    await clock.advance(BENCH_INTERVAL);
    await quiet.come();
    const { user, system } = process.cpuUsage(before);
    // What compiles and fills caches is not measured.
    if (slot >= 2) spent.push((user + system) / 1000);
  }
  const slot = median(spent);
  report('1,000 rules over 10k series, a slot', slot, 'ms CPU');
  report('share of a core at 15 s', (slot / BENCH_INTERVAL) * 100, '%');
  report('active alerts', engine.alerts().length, 'alerts');
  report('alerts handed over', handed, 'alerts');
  await engine.stop();
  await series.stop();
  return slot;
}

/** Tells when nothing has been asked of the query engine for a while; waiting takes no processor time. */
class Quiet {
  private asked = 0;
  private running = 0;

  watch(engine: PromqlEngine): Pick<PromqlEngine, 'instant'> {
    return {
      instant: async (...question) => {
        this.asked += 1;
        this.running += 1;
        try {
          return await engine.instant(...question);
        } finally {
          this.running -= 1;
        }
      },
    };
  }

  async come(): Promise<void> {
    for (let calm = 0, before = -1; calm < 5;) {
      await commandClock.sleep(20);
      calm = this.running === 0 && this.asked === before ? calm + 1 : 0;
      before = this.asked;
    }
  }
}

function row(all: readonly SeriesColumns[], sample: number): { labels: Labels; t: EpochMillis; value: number }[] {
  const t = BENCH_START + sample * BENCH_INTERVAL;
  return all.map(({ labels, values }) => ({ labels, t, value: values[sample] ?? 0 }));
}

/** From the append of a sample to its alert at the sink, with the thousand other rules loaded. */
async function pushes(folder: string, report: Report): Promise<void> {
  const series = openStore(join(folder, 'pushes'), systemClock);
  await series.start();
  const file = join(folder, 'probe.yml');
  writeFileSync(file, `${ruleFile()}- name: probe\n  rules:\n  - {alert: Probe, expr: probe > 0}\n`);
  const waiting = new Map<string, () => void>();
  const engine = engineOver(
    series,
    commandClock,
    file,
    (alerts) => {
      for (const { labels } of alerts) waiting.get(labels.get('round'))?.();
      return Promise.resolve();
    },
    { push: true, interval: '10m' },
  );
  await engine.start();
  const times: Millis[] = [];
  const stored: Millis[] = [];
  for (let round = 0; round < PUSHES; round++) {
    const name = String(round);
    const arrived = new Promise<void>((resolve) => waiting.set(name, resolve));
    const began = performance.now();
    const labels = Labels.of({ __name__: 'probe', round: name });
    await series.append([{ labels, t: systemClock.now(), value: 1 }]);
    stored.push(performance.now() - began);
    await arrived;
    if (round >= 5) times.push(performance.now() - began);
    // Longer than the push interval: nothing is held back.
    await commandClock.sleep(300);
  }
  await engine.stop();
  await series.stop();
  report('of it until the sample is durable, median', median(stored), 'ms');
  report('sample to firing, median', median(times), 'ms');
  report(
    'sample to firing, 99th percentile',
    [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0,
    'ms',
  );
}

/** The same expressions in a Prometheus. Its time holds the answers over HTTP: rule evaluation alone cannot be told apart. */
async function beside(
  all: readonly SeriesColumns[],
  slot: Millis,
  report: Report,
  out: (line: string) => void,
): Promise<void> {
  const peer = await BenchPeer.start(all, process.env['PATH'] ?? '');
  if (peer === undefined) {
    out('(no Prometheus on PATH: nothing to compare with)');
    return;
  }
  try {
    const rules = benchRules(RULES);
    const end = BENCH_START + (SAMPLES - 2) * BENCH_INTERVAL;
    for (const rule of rules) await peer.query(rule, end);
    const before = peer.cpu;
    for (const rule of rules) await peer.query(rule, end + BENCH_INTERVAL);
    const theirs = peer.cpu - before;
    report('Prometheus: the 1,000 expressions', theirs, 'ms CPU');
    report('ratio', slot / theirs, 'of Prometheus');
  } finally {
    await peer.stop();
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
