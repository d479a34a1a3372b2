import type { BenchDefinition } from '../base/bench';
import { systemClock } from '../base/clock';
import type { Millis } from '../base/clock';
import type { Expr } from './ast';
import { BENCH_INTERVAL, BENCH_START, benchRules, benchSeries, FixedSeriesReader } from './bench-data';
import { BenchPeer } from './bench-peer';
import { PromqlEngine } from './engine';
import { parseExpr } from './parser';

const RULES = 1000;
const ROUNDS = 7;
/** Samples of each series: the longest window is ten minutes. */
const SAMPLES = 60;
const SIZES = [10_000, 100_000] as const;
/** The size that Prometheus is measured at too. */
const PEER_SIZE = 10_000;

/** Parsing, single queries and a thousand rules; processor time, with Prometheus beside where one is on PATH. */
export const bench: BenchDefinition = {
  name: 'promql',
  async run({ out }) {
    const figures: Record<string, number> = {};
    const report = (name: string, value: number, unit: string): void => {
      figures[name] = value;
      out(`${name.padEnd(40)} ${value.toLocaleString('en', { maximumFractionDigits: 3 }).padStart(14)} ${unit}`);
    };
    parsing(report);
    for (const size of SIZES) {
      const all = benchSeries({ series: size, samples: SAMPLES });
      const label = `${size / 1000}k`;
      const own = await measure(new PromqlEngine(new FixedSeriesReader(all), systemClock), label, report);
      if (size !== PEER_SIZE) continue;
      const peer = await BenchPeer.start(all, searchPath());
      if (peer === undefined) {
        out('(no Prometheus on PATH: nothing to compare with)');
        continue;
      }
      try {
        await compare(peer, own, report);
      } finally {
        await peer.stop();
      }
    }
    return figures;
  },
};

type Report = (name: string, value: number, unit: string) => void;

/** What the comparison is about. */
interface OwnFigures {
  readonly rules: Millis;
  readonly quantile: Millis;
  readonly range: Millis;
}

const QUANTILE = 'histogram_quantile(0.99, sum by (le, job, instance) (rate(latency_seconds_bucket[5m])))';
const RANGE = 'sum by (job) (rate(http_requests_total[5m]))';
const END = BENCH_START + (SAMPLES - 2) * BENCH_INTERVAL;
const RANGE_START = BENCH_START + 20 * BENCH_INTERVAL;
const RANGE_STEP = BENCH_INTERVAL;

function parsing(report: Report): void {
  const texts = benchRules(RULES);
  for (const text of texts) parseExpr(text);
  const spent = cpuOf(() => {
    for (const text of texts) parseExpr(text);
  });
  report('parse, per expression', (spent * 1000) / RULES, 'µs');
}

async function measure(engine: PromqlEngine, label: string, report: Report): Promise<OwnFigures> {
  const rules: Expr[] = benchRules(RULES).map(parseExpr);
  const first = await cpuOfAsync(async () => {
    for (const rule of rules) await engine.instant(rule, END);
  });
  report(`${label}: 1,000 rules, first round`, first, 'ms CPU');
  const rounds = await median(async (round) => {
    for (const rule of rules) await engine.instant(rule, END + round);
  });
  report(`${label}: 1,000 rules, then`, rounds, 'ms CPU');
  const quantile = await median((round) => engine.instant(QUANTILE, END + round));
  report(`${label}: instant histogram_quantile`, quantile, 'ms CPU');
  const range = await median(() => engine.range(RANGE, RANGE_START, END, RANGE_STEP));
  report(`${label}: range rate by job, 38 steps`, range, 'ms CPU');
  report(`${label}: longest stall`, await longestStall(engine), 'ms');
  return { rules: rounds, quantile, range };
}

async function compare(peer: BenchPeer, own: OwnFigures, report: Report): Promise<void> {
  const rules = benchRules(RULES);
  for (const rule of rules) await peer.query(rule, END);
  const peerCpu = async (times: number, ask: (round: number) => Promise<unknown>): Promise<Millis> => {
    const before = peer.cpu;
    for (let round = 0; round < times; round++) await ask(round);
    return (peer.cpu - before) / times;
  };
  const theirRules = await peerCpu(2, async (round) => {
    for (const rule of rules) await peer.query(rule, END + round);
  });
  report('Prometheus 10k: 1,000 rules', theirRules, 'ms CPU');
  const theirQuantile = await peerCpu(50, (round) => peer.query(QUANTILE, END + round));
  report('Prometheus 10k: instant histogram_quantile', theirQuantile, 'ms CPU');
  const theirRange = await peerCpu(30, () => peer.range(RANGE, RANGE_START, END, RANGE_STEP));
  report('Prometheus 10k: range rate by job', theirRange, 'ms CPU');
  report('ratio rules', own.rules / theirRules, 'of Prometheus');
  report('ratio histogram_quantile', own.quantile / theirQuantile, 'of Prometheus');
  report('ratio range', own.range / theirRange, 'of Prometheus');
}

/** How long the event loop waited at most while a range query over everything ran. */
async function longestStall(engine: PromqlEngine): Promise<Millis> {
  let longest = 0;
  let last = systemClock.elapsed();
  let running = true;
  const watch = (): void => {
    const now = systemClock.elapsed();
    longest = Math.max(longest, now - last);
    last = now;
    if (running) setImmediate(watch);
  };
  setImmediate(watch);
  await engine.range('rate(http_requests_total[5m])', RANGE_START, END, RANGE_STEP);
  running = false;
  return longest;
}

function cpuOf(work: () => void): Millis {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function cpuOfAsync(work: () => Promise<unknown>): Promise<Millis> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function median(work: (round: number) => Promise<unknown>): Promise<Millis> {
  const times: Millis[] = [];
  // Not measured: what compiles and fills caches.
  for (let round = 0; round < 2; round++) await work(round + 1);
  for (let round = 0; round < ROUNDS; round++) times.push(await cpuOfAsync(() => work(round + 1)));
  times.sort((a, b) => a - b);
  return times[ROUNDS >> 1] ?? 0;
}

/** Where programs are looked for. */
function searchPath(): string {
  return process.env['PATH'] ?? '';
}
