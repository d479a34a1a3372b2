import type { BenchDefinition } from '../base/bench';
import { systemClock } from '../base/clock';
import type { Millis } from '../base/clock';
import { watchLoopHolds } from '../base/loop-holds';
import type { LoopHolds } from '../base/loop-holds';
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
  const { p99, longest, over20, longestByClock } = await stalls(engine);
  report(`${label}: event loop held, 99th percentile`, p99, 'ms CPU');
  report(`${label}: event loop held, longest`, longest, 'ms CPU');
  report(`${label}: held for more than 20 ms CPU`, over20, 'times');
  report(`${label}: longest by the clock`, longestByClock, 'ms, others included');
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

/** Queries over everything there is, one for each kind of work: asked for an instant and for a range. */
const HEAVY = [
  'rate(http_requests_total[5m])',
  'sum by (instance) (rate(http_requests_total[5m]))',
  QUANTILE,
  'http_requests_total / on (job, instance, group, code, shard) http_requests_total',
  'http_requests_total and http_requests_total > 5',
  'http_requests_total or memory_bytes',
  'topk(5, memory_bytes)',
  'quantile by (job) (0.9, memory_bytes)',
  'label_replace(memory_bytes, "x", "$1", "instance", "(.*)")',
  'sort_desc(memory_bytes)',
  'count_values("v", http_requests_total)',
  'max_over_time(rate(http_requests_total[1m])[5m:1m])',
];

/** How long the event loop was held while heavy queries ran, each for the first time and again. */
async function stalls(engine: PromqlEngine): Promise<LoopHolds> {
  const holds = watchLoopHolds(systemClock);
  for (let round = 0; round < 2; round++) {
    for (const expr of HEAVY) {
      await engine.instant(expr, END + round);
      await engine.range(expr, RANGE_START, END, RANGE_STEP);
    }
    await engine.instant('http_requests_total[5m]', END + round);
  }
  return holds();
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
