import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock';
import type { EpochMillis } from '../../src/base/clock';
import { silentLogger } from '../../src/base/logger';
import { noTelemetry } from '../../src/base/telemetry';
import { Labels } from '../../src/domain/labels';
import { encodeRemoteWrite, REMOTE_WRITE_CONTENT_TYPES, snappyCompress } from '../../src/ingest';
import { parseSelector } from '../../src/promql';
import type { IncomingSample } from '../../src/storage';
import { TsdbSeriesStore, tsdbConfig } from '../../src/tsdb';
import { findProgram } from '../harness/find-program';
import { freePort, temporaryFolder } from '../harness/served-stack';

const prometheus = findProgram('prometheus');
if (prometheus === undefined) process.stdout.write('prometheus is not on the PATH: its tests are skipped\n');

const STEP = 15_000;
const STEPS = 120;

/** What is deleted, one after the other: seconds from the start of the data. */
const DELETIONS: readonly { readonly selector: string; readonly from?: number; readonly to?: number }[] = [
  { selector: 'm{i="1"}', from: 300, to: 600 },
  { selector: 'm{i=~"[12]"}', from: 590, to: 765 },
  { selector: '{__name__="m",i="3"}' },
  { selector: 'm{i!="1",i!="0"}', from: 1700 },
  { selector: '{i="5"}', to: 0 },
  { selector: '{i="6"}', from: 0.001, to: 14.999 },
  { selector: 'nothing' },
];

(prometheus === undefined ? describe.skip : describe)('deletion, beside Prometheus', () => {
  const folder = temporaryFolder();
  const ours = temporaryFolder();
  const start = Math.floor((systemClock.now() - STEPS * STEP - 60_000) / STEP) * STEP;
  let child: ChildProcess;
  let theirs: string;
  let store: TsdbSeriesStore;

  const open = async (): Promise<void> => {
    store = new TsdbSeriesStore({
      dataDir: ours,
      clock: systemClock,
      logger: silentLogger,
      telemetry: noTelemetry,
      config: tsdbConfig.parse({ hot: 600_000 }),
    });
    await store.start();
  };

  beforeAll(async () => {
    const port = await freePort();
    theirs = `http://127.0.0.1:${port}/api/v1`;
    writeFileSync(join(folder, 'prometheus.yml'), '');
    child = spawn(
      prometheus ?? '',
      [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.enable-admin-api',
        '--web.enable-remote-write-receiver',
        '--enable-feature=native-histograms',
      ],
      { stdio: 'ignore' },
    );
    await until(async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok);
    await open();
  }, 120_000);

  afterAll(async () => {
    await store.stop();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  });

  const write = async (samples: readonly IncomingSample[]): Promise<void> => {
    const { appended } = await store.append(samples);
    expect(appended).toBe(samples.length);
    const response = await fetch(`${theirs}/write`, {
      method: 'POST',
      headers: { 'content-type': REMOTE_WRITE_CONTENT_TYPES['1.0'], 'content-encoding': 'snappy' },
      body: new Uint8Array(snappyCompress(encodeRemoteWrite(samples, new Map(), '1.0'))),
    });
    expect([response.status, await response.text()]).toEqual([204, '']);
  };

  test('the same samples are left, from memory and blocks, after a restart and a cleaning', async () => {
    for (let step = 0; step <= STEPS; step++) await write(samplesAt(start, step));
    await store.checkpoint(systemClock.now());
    expect(store.statistics().blocks).toBe(1);
    expect(await ourSamples(store)).toEqual(await theirSamples(theirs));
    const whole = countOf(await ourSamples(store));
    for (const { selector, from, to } of DELETIONS) {
      const at = (seconds: number | undefined, ever: number): EpochMillis =>
        seconds === undefined ? ever : start + seconds * 1000;
      await store.deleteSamples(parseSelector(selector), at(from, -Infinity), at(to, Infinity));
      const parameters = new URLSearchParams({ 'match[]': selector });
      if (from !== undefined) parameters.set('start', String((start + from * 1000) / 1000));
      if (to !== undefined) parameters.set('end', String((start + to * 1000) / 1000));
      const response = await fetch(`${theirs}/admin/tsdb/delete_series?${parameters}`, { method: 'POST' });
      expect(response.status).toBe(204);
      expect({ selector, left: await ourSamples(store) }).toEqual({ selector, left: await theirSamples(theirs) });
    }
    expect(countOf(await ourSamples(store))).toBeLessThan(whole - 200);
    // Series of which all is deleted go on when they are written again.
    await write(samplesAt(start, STEPS + 1));
    expect(await ourSamples(store)).toEqual(await theirSamples(theirs));
    await store.stop();
    await open();
    expect(await ourSamples(store)).toEqual(await theirSamples(theirs));
    await store.cleanDeleted();
    expect((await fetch(`${theirs}/admin/tsdb/clean_tombstones`, { method: 'POST' })).status).toBe(204);
    expect(await ourSamples(store)).toEqual(await theirSamples(theirs));
  }, 240_000);
});

/** Seven series, a native histogram among them. */
function samplesAt(start: EpochMillis, step: number): IncomingSample[] {
  const t = start + step * STEP;
  const plain = Array.from({ length: 7 }, (_, i) => ({
    labels: Labels.of({ __name__: 'm', i: String(i) }),
    t,
    value: step * (i + 1) + i / 7,
  }));
  const histogram = {
    schema: 0,
    zeroThreshold: 0.001,
    zeroCount: 0,
    count: step + 1,
    sum: step / 2,
    positiveSpans: [{ offset: 0, length: 1 }],
    positiveBuckets: [step + 1],
    negativeSpans: [],
    negativeBuckets: [],
    customValues: [],
    counterResetHint: 'unknown' as const,
  };
  return [...plain, { labels: Labels.of({ __name__: 'm', i: 'histogram' }), t, value: NaN, histogram }];
}

type Left = Readonly<Record<string, readonly string[]>>;

async function ourSamples(store: TsdbSeriesStore): Promise<Left> {
  const found = await store.select(parseSelector('{i=~".+"}'), 0, Infinity);
  return Object.fromEntries(
    found.map(({ labels, timestamps, values, histograms, from, to }) => [
      labels.get('i'),
      Array.from({ length: to - from }, (_, k) => {
        const histogram = histograms?.[from + k];
        const text = histogram ? `count ${histogram.count}` : String(values[from + k]);
        return `${timestamps[from + k]} ${text}`;
      }),
    ]),
  );
}

async function theirSamples(url: string): Promise<Left> {
  const response = await fetch(`${url}/query?query=${encodeURIComponent('{i=~".+"}[2h]')}`);
  const body = (await response.json()) as {
    data: {
      result: {
        metric: Record<string, string>;
        values?: [number, string][];
        histograms?: [number, { count: string }][];
      }[];
    };
  };
  return Object.fromEntries(
    body.data.result.map(({ metric, values = [], histograms = [] }) => [
      metric['i'],
      [
        ...values.map(([t, value]) => `${Math.round(t * 1000)} ${Number(value)}`),
        ...histograms.map(([t, { count }]) => `${Math.round(t * 1000)} count ${Number(count)}`),
      ],
    ]),
  );
}

function countOf(left: Left): number {
  return Object.values(left).reduce((sum, samples) => sum + samples.length, 0);
}

async function until(done: () => Promise<boolean>): Promise<void> {
  const deadline = systemClock.elapsed() + 90_000;
  while (!(await done().catch(() => false))) {
    if (systemClock.elapsed() > deadline) throw new Error('it did not come to pass in time');
    await systemClock.sleep(200);
  }
}
