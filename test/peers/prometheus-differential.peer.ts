import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { systemClock } from '../../src/base/clock';
import { messageOf } from '../../src/base/errors';
import { Labels } from '../../src/domain/labels';
import { PromqlEngine } from '../../src/promql';
import type { QueryResult } from '../../src/promql';
import { MemorySeriesStore } from '../../src/storage';
import { generateData, QueryGenerator, SeededRandom } from './promql/generated-queries';
import type { GeneratedQuery, GeneratedSeries } from './promql/generated-queries';

const QUERIES = 6000;
const SEED = 20_240_601;
const TOLERANCE = 1e-9;
/** Below this, differences are what rounding leaves of numbers that cancel. */
const NOISE = 1e-12;

/** Answers that differ on purpose, when the peer is a Prometheus before these changes of the 3.x line. */
const KNOWN_CHANGES: readonly { readonly change: string; readonly expr: RegExp }[] = [
  {
    change: 'histogram_fraction of classic histograms counts from 0 in the first bucket',
    expr: /histogram_fraction\(/,
  },
  { change: 'mad_over_time of a NaN is NaN', expr: /mad_over_time\(.*odd_values/ },
  { change: 'a quantile that falls on a sample is that sample, infinite or not', expr: /quantile.*odd_values/ },
];

/** Answers that differ on purpose besides, when the peer is a Prometheus 2. */
const CHANGES_SINCE_2: readonly { readonly change: string; readonly expr: RegExp }[] = [
  { change: 'windows are open on the left (3.0)', expr: /\[/ },
  { change: 'limitk and limit_ratio are new (2.54)', expr: /limit(?:k|_ratio) / },
  { change: 'atan2 takes the name away (3.0)', expr: /\batan2\b/ },
  { change: 'the deviation of a single NaN or infinity is NaN (3.0)', expr: /std(?:dev|var).*odd_values/ },
  { change: 'a duration is a number too (2.54)', expr: /(?:^|[^[:\w])\d+m(?![\w\]])/ },
];

const prometheus = findProgram('prometheus');
const promtool = findProgram('promtool');

function findProgram(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

function toOpenMetrics(all: readonly GeneratedSeries[]): string {
  const byName = new Map<string, GeneratedSeries[]>();
  for (const series of all) byName.set(series.name, [...(byName.get(series.name) ?? []), series]);
  const number = (value: number): string =>
    Number.isNaN(value)
      ? 'NaN'
      : value === Infinity
        ? '+Inf'
        : value === -Infinity
          ? '-Inf'
          : Object.is(value, -0)
            ? '-0'
            : String(value);
  const lines: string[] = [];
  for (const [name, list] of byName) {
    lines.push(`# TYPE ${name} unknown`);
    for (const { labels, points } of list) {
      const text = Object.entries(labels)
        .map(([key, value]) => `${key}="${value}"`)
        .join(',');
      for (const [t, value] of points) lines.push(`${name}{${text}} ${number(value)} ${(t / 1000).toFixed(3)}`);
    }
  }
  return `${lines.join('\n')}\n# EOF\n`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** An answer of either side in one form: values by series and time, or the kind of failure. */
type Answer = { readonly failed: string } | { readonly points: ReadonlyMap<string, number> };

function ours(result: QueryResult): Answer {
  const points = new Map<string, number>();
  const { value } = result;
  if (value.type === 'scalar') points.set('scalar', value.value);
  if (value.type === 'vector') for (const { labels, value: own } of value.samples) points.set(labels.key, own);
  if (value.type === 'matrix') {
    for (const { labels, timestamps, values } of value.series) {
      timestamps.forEach((t, i) => points.set(`${labels.key}@${t}`, values[i] ?? NaN));
    }
  }
  return { points };
}

interface PeerBody {
  readonly status: string;
  readonly errorType?: string;
  readonly error?: string;
  readonly data?: {
    readonly resultType: string;
    readonly result: readonly {
      readonly metric: Record<string, string>;
      readonly value?: readonly [number, string];
      readonly values?: readonly (readonly [number, string])[];
    }[];
  };
}

function theirs(body: PeerBody): Answer {
  if (body.status !== 'success' || body.data === undefined) return { failed: `${body.errorType}: ${body.error}` };
  const points = new Map<string, number>();
  const { result, resultType } = body.data;
  if (resultType === 'scalar') {
    points.set('scalar', toNumber(String(Object.values(result)[1])));
    return { points };
  }
  for (const { metric, value, values } of result) {
    const { key } = Labels.of(metric);
    if (value !== undefined) points.set(key, toNumber(value[1]));
    for (const [seconds, text] of values ?? []) points.set(`${key}@${Math.round(seconds * 1000)}`, toNumber(text));
  }
  return { points };
}

function toNumber(text: string): number {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
}

function close(a: number, b: number): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  return Math.abs(a - b) <= Math.max(NOISE, TOLERANCE * Math.max(Math.abs(a), Math.abs(b)));
}

/** What differs; undefined when nothing does. */
function difference(own: Answer, peer: Answer): string | undefined {
  if ('failed' in own || 'failed' in peer) {
    if ('failed' in own && 'failed' in peer) return undefined;
    return `ours ${'failed' in own ? own.failed : 'answers'}; Prometheus ${'failed' in peer ? peer.failed : 'answers'}`;
  }
  for (const [key, value] of peer.points) {
    const found = own.points.get(key);
    if (found === undefined) return `missing ${JSON.stringify(key)} = ${value}`;
    if (!close(found, value)) return `${JSON.stringify(key)}: ours ${found}, Prometheus ${value}`;
  }
  for (const [key, value] of own.points) {
    if (!peer.points.has(key)) return `surplus ${JSON.stringify(key)} = ${value}`;
  }
  return undefined;
}

describe('PromQL against Prometheus', () => {
  if (prometheus === undefined || promtool === undefined) {
    test.skip('skipped: prometheus and promtool are not on PATH', () => undefined);
    return;
  }
  let child: ChildProcess | undefined;
  let folder = '';
  let url = '';
  const data = generateData(new SeededRandom(SEED));
  const store = new MemorySeriesStore();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'promql-peer-'));
    writeFileSync(join(folder, 'data.om'), toOpenMetrics(data));
    writeFileSync(join(folder, 'prometheus.yml'), 'global: {}\n');
    execFileSync(
      promtool,
      ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'data.om'), join(folder, 'tsdb')],
      {
        stdio: 'ignore',
      },
    );
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    child = spawn(
      prometheus,
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'tsdb')}`,
        '--storage.tsdb.retention.time=100y',
        `--web.listen-address=127.0.0.1:${port}`,
        '--enable-feature=promql-experimental-functions',
        '--log.level=error',
      ],
      { stdio: 'ignore' },
    );
    for (let attempt = 0; attempt < 300; attempt++) {
      try {
        if ((await fetch(`${url}/-/ready`)).ok) break;
      } catch {
        // Not listening yet.
      }
      await systemClock.sleep(100);
    }
    for (const { name, labels, points } of data) {
      const own = Labels.of({ ...labels, __name__: name });
      await store.append(points.map(([t, value]) => ({ labels: own, t, value })));
    }
  }, 60_000);

  afterAll(async () => {
    if (child !== undefined) {
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  async function askPeer({ expr, start, end, step }: GeneratedQuery): Promise<Answer> {
    const params = new URLSearchParams({ query: expr });
    if (step === undefined) {
      params.set('time', String(end / 1000));
    } else {
      params.set('start', String(start / 1000));
      params.set('end', String(end / 1000));
      params.set('step', String(step / 1000));
    }
    const response = await fetch(`${url}/api/v1/${step === undefined ? 'query' : 'query_range'}`, {
      method: 'POST',
      body: params,
    });
    return theirs((await response.json()) as PeerBody);
  }

  async function askOurs(engine: PromqlEngine, { expr, start, end, step }: GeneratedQuery): Promise<Answer> {
    try {
      return ours(step === undefined ? await engine.instant(expr, end) : await engine.range(expr, start, end, step));
    } catch (error) {
      return { failed: messageOf(error) };
    }
  }

  test(`${QUERIES} generated queries have the same answers`, async () => {
    const engine = new PromqlEngine(store, systemClock);
    const generator = new QueryGenerator(new SeededRandom(SEED + 1));
    const differences: string[] = [];
    const version = execFileSync(prometheus ?? '', ['--version'], { encoding: 'utf8' });
    const changes = / version 2\./.test(version) ? [...KNOWN_CHANGES, ...CHANGES_SINCE_2] : KNOWN_CHANGES;
    let known = 0;
    let empty = 0;
    let failed = 0;
    for (let i = 0; i < QUERIES; i++) {
      const query = generator.next();
      const [own, peer] = [await askOurs(engine, query), await askPeer(query)];
      if ('failed' in peer) failed++;
      else if (peer.points.size === 0) empty++;
      const found = difference(own, peer);
      if (found === undefined) continue;
      if (changes.some(({ expr }) => expr.test(query.expr))) known++;
      else differences.push(`${query.expr}  [${query.start}, ${query.end}] step ${query.step ?? 'none'}\n    ${found}`);
    }
    process.stdout.write(
      `${QUERIES} queries: ${differences.length} differ, ${known} by a documented change; ${empty} answers empty, ${failed} refused by both\n`,
    );
    expect(differences.slice(0, 20)).toEqual([]);
  }, 600_000);
});
