import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock';
import { Labels } from '../../src/domain/labels';
import { encodeRemoteWrite, REMOTE_WRITE_CONTENT_TYPES, snappyCompress } from '../../src/ingest';
import type { IncomingSample } from '../../src/storage';
import { findProgram } from '../harness/find-program';
import { freePort, serve, temporaryFolder } from '../harness/served-stack';
import type { ServedStack } from '../harness/served-stack';

const prometheus = findProgram('prometheus');
if (prometheus === undefined) process.stdout.write('prometheus is not on the PATH: its tests are skipped\n');

const STEP = 15_000;
const STEPS = 400;
const QUERIES = [
  'm',
  'rate(m{i!="3"}[5m])',
  'sum by (i) (increase(m[20m]))',
  'm{i=~"1.*"} offset 10m',
  'count({i="absent"})',
];
const OF_HISTOGRAMS = [
  '{__name__=~"m|h"}',
  'histogram_quantile(0.9, rate(h[10m]))',
  'increase(h[10m] offset 30m)',
  'sum_over_time(h[10m])',
  'h - h offset 1m',
  'histogram_count(h) - histogram_sum(h)',
];
/** Before, histograms were not read from elsewhere. */
const reads = spawnSync(prometheus ?? 'prometheus', ['--version'], { encoding: 'utf8' });
const readsHistograms = /version 3\./.test(`${reads.stdout}${reads.stderr}`);
if (prometheus !== undefined && !readsHistograms) {
  process.stdout.write('this prometheus is older than 3: queries of native histograms through us are skipped\n');
}

(prometheus === undefined ? describe.skip : describe)('a Prometheus that reads through us', () => {
  const end = Math.floor((systemClock.now() - 60_000) / STEP) * STEP;
  const start = end - STEPS * STEP;
  const children: ChildProcess[] = [];
  let stack: ServedStack;
  let own: string;
  let through: string;

  const run = async (name: string, config: string): Promise<string> => {
    const folder = join(temporary, name);
    mkdirSync(folder);
    writeFileSync(join(folder, 'prometheus.yml'), config);
    const port = await freePort();
    const flags = [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
      '--enable-feature=native-histograms',
    ];
    children.push(spawn(prometheus ?? '', flags, { stdio: 'ignore' }));
    const url = `http://127.0.0.1:${port}`;
    for (let tries = 0; ; tries++) {
      const ready = await fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (ready) return url;
      if (tries === 600) throw new Error('Prometheus did not become ready within a minute');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const temporary = temporaryFolder();
  const data = temporaryFolder();

  beforeAll(async () => {
    stack = await serve(data);
    own = await run('own', '');
    through = await run('through', `remote_read: [{url: '${stack.url}/api/v1/read', read_recent: true}]\n`);
    const samples = someSamples(start);
    for (let from = 0; from < samples.length; from += 2_000) {
      const body = new Uint8Array(
        snappyCompress(encodeRemoteWrite(samples.slice(from, from + 2_000), new Map(), '1.0')),
      );
      for (const url of [stack.url, own]) {
        const headers = { 'content-type': REMOTE_WRITE_CONTENT_TYPES['1.0'], 'content-encoding': 'snappy' };
        const response = await fetch(`${url}/api/v1/write`, { method: 'POST', headers, body });
        expect([response.status, await response.text()]).toEqual([204, '']);
      }
    }
  });

  afterAll(async () => {
    for (const child of children) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    await stack.end();
  });

  test.each([...QUERIES, ...(readsHistograms ? OF_HISTOGRAMS : [])])(
    '%s is answered as from its own store',
    async (query) => {
      const ask = async (url: string): Promise<unknown> => {
        const window = { start: String(start / 1000), end: String(end / 1000), step: '60' };
        const response = await fetch(
          `${url}/api/v1/query_range?${new URLSearchParams({ query, ...window }).toString()}`,
        );
        return response.json();
      };
      const [want, got] = [await ask(own), await ask(through)];
      expect(got).toEqual(want);
      expect(want).toMatchObject({ status: 'success' });
      const { result } = (want as { data: { result: unknown[] } }).data;
      expect(result.length > 0).toBe(!query.includes('absent'));
    },
  );
});

/** Counters with resets, gaps and ends, and native histograms. */
function someSamples(start: number): IncomingSample[] {
  const samples: IncomingSample[] = [];
  for (let step = 0; step < STEPS; step++) {
    const t = start + step * STEP;
    for (let i = 0; i < 12; i++) {
      const labels = Labels.of({ __name__: 'm', i: String(i), zone: i % 2 === 0 ? 'ä' : 'b' });
      if (i === 4 && step % 50 > 30) continue;
      if (i === 5 && step === 200) samples.push({ labels, t, value: NaN, stale: true });
      else samples.push({ labels, t, value: (step % (90 + i)) * (i + 0.25) });
    }
    const scale = 1 + step;
    samples.push({
      labels: Labels.of({ __name__: 'h', i: 'h' }),
      t,
      value: NaN,
      histogram: {
        schema: 2,
        zeroThreshold: 0.001,
        zeroCount: scale,
        count: 7 * scale,
        sum: 12.5 * scale,
        positiveSpans: [
          { offset: -2, length: 2 },
          { offset: 3, length: 1 },
        ],
        positiveBuckets: [2 * scale, scale, 3 * scale],
        negativeSpans: [],
        negativeBuckets: [],
        customValues: [],
        counterResetHint: 'unknown',
      },
    });
  }
  return samples;
}
