import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../base/logger';
import { noTelemetry } from '../base/telemetry';
import { ManualClock } from '../base/testing/manual-clock';
import type { LogRecord } from '../domain/log-record';
import type { Span } from '../domain/span';
import { decodeTraces, encodeTraces } from '../otlp';
import { sampleSpans } from '../otlp/testing/sample-spans';
import { KeyCounts } from './blocks/keys';
import { spandbConfig } from './spandb.config';
import { SqliteSpanStore } from './sqlite-span-store';

const START = 1_767_225_600_000;
const DAY = 86_400_000;

let dataDir: string;
let clock: ManualClock;
let store: SqliteSpanStore;

const open = async (settings: object = {}): Promise<SqliteSpanStore> => {
  const config = spandbConfig.parse(settings);
  const opened = new SqliteSpanStore({ dataDir, clock, logger: silentLogger, telemetry: noTelemetry, config });
  await opened.start();
  return opened;
};

const reopen = async (settings: object = {}): Promise<void> => {
  await store.stop();
  store = await open(settings);
};

const setUp = async (): Promise<void> => {
  dataDir = mkdtempSync(join(tmpdir(), 'telltale-spans-'));
  clock = new ManualClock(START);
  store = await open();
};

const tearDown = async (): Promise<void> => {
  await store.stop();
  rmSync(dataDir, { recursive: true, force: true });
};

const byStart = (spans: readonly Span[]): Span[] =>
  [...spans].sort((a, b) => (a.startUnixNano < b.startUnixNano ? -1 : 1));
const window = { start: START - DAY, end: START + DAY, limit: 20 };

describe.each([
  { state: 'in memory', prepare: () => Promise.resolve() },
  { state: 'sealed', prepare: () => store.flush() },
  { state: 'replayed after a restart', prepare: () => reopen() },
  { state: 'sealed, after a restart', prepare: () => store.flush().then(() => reopen()) },
])('$state', ({ prepare }) => {
  const spans = sampleSpans(400, { step: 100 });
  const first = spans.slice(0, 8);

  beforeAll(async () => {
    await setUp();
    await store.write(spans);
    await prepare();
  });
  afterAll(tearDown);

  test('a trace comes back whole and exact', async () => {
    expect(await store.trace(first[0]?.traceId ?? '')).toEqual(byStart(first));
    expect(await store.trace('0'.repeat(31) + '1')).toEqual([]);
    expect(await store.trace('no id')).toEqual([]);
  });

  test('search by service, operation and duration agrees with a plain filter', async () => {
    const wanted = { service: 'inference', operation: 'infer', minDuration: 100, maxDuration: 1500 };
    const expected = new Set(
      spans
        .filter(({ name, resource, startUnixNano, endUnixNano }) => {
          const millis = Number(endUnixNano - startUnixNano) / 1e6;
          return (
            resource.attributes['service.name'] === 'inference' && name === 'infer' && millis >= 100 && millis <= 1500
          );
        })
        .map(({ traceId }) => traceId),
    );
    const found = await store.search({ ...window, ...wanted, limit: 1000 });
    expect(new Set(found.map(({ traceId }) => traceId))).toEqual(expected);
    expect(expected.size).toBeGreaterThan(0);
  });

  test('a summary counts spans, errors and services', async () => {
    const { traceId } = first[0] ?? { traceId: '' };
    const [summary] = await store.search({
      ...window,
      attributes: { 'request.id': String(first[3]?.attributes['request.id']) },
    });
    expect(summary).toMatchObject({
      traceId,
      spanCount: 8,
      rootOperation: first[0]?.name,
      rootService: 'gateway',
      startUnixNano: first[0]?.startUnixNano,
      errorSpanCount: first.filter(({ status }) => status.code === 'error').length,
      orphanSpanCount: 0,
    });
    expect(summary?.services.reduce((total, { spanCount }) => total + spanCount, 0)).toBe(8);
  });

  test('a digest counts every operation and names the slowest roots', async () => {
    const digest = await store.digest({ start: window.start, end: window.end, slowest: 3 });
    expect(digest.spans).toBe(spans.length);
    const millis = (span: Span): number => Number(span.endUnixNano - span.startUnixNano) / 1e6;
    for (const { service, name, spans: count, errors, totalMs, p50Ms } of digest.operations) {
      const own = spans.filter((span) => span.name === name && span.resource.attributes['service.name'] === service);
      const times = own.map(millis).sort((a, b) => a - b);
      expect({ count, errors }).toEqual({
        count: own.length,
        errors: own.filter(({ status }) => status.code === 'error').length,
      });
      expect(totalMs).toBeCloseTo(
        times.reduce((sum, ms) => sum + ms, 0),
        3,
      );
      const middle = times[Math.ceil(times.length / 2) - 1] ?? 0;
      expect(Math.abs(p50Ms / middle - 1)).toBeLessThan(0.03);
    }
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === '').sort((a, b) => millis(b) - millis(a));
    expect(digest.slowest).toEqual(roots.slice(0, 3).map(({ traceId }) => traceId));
  });

  test('details are those of the spans with an attribute, each in one part of the traces', async () => {
    const wanted = spans.filter(({ attributes }) => Object.hasOwn(attributes, 'request.id'));
    const ask = (from: number, to: number) =>
      store.details({
        start: window.start,
        end: window.end,
        withKey: ['request.id'],
        withName: [],
        read: ['request.id', 'service.version'],
        measure: ['request.id'],
        part: { from, to },
        limit: 10_000,
      });
    const found = [...(await ask(0, 0.3)), ...(await ask(0.3, 1))];
    expect(new Set(found.map(({ spanId }) => spanId))).toEqual(new Set(wanted.map(({ spanId }) => spanId)));
    expect(found.length).toBe(wanted.length);
    const idOf = new Map(wanted.map(({ spanId, attributes }) => [spanId, attributes['request.id']]));
    for (const { spanId, values } of found)
      expect(values).toEqual({ 'request.id': idOf.get(spanId), 'service.version': '1.4.2' });
    const [one] = found;
    const same = wanted.find(({ spanId }) => spanId === one?.spanId);
    const id = String(same?.attributes['request.id']);
    expect(one).toMatchObject({
      traceId: same?.traceId,
      name: same?.name,
      values: { 'request.id': id, 'service.version': '1.4.2' },
      lengths: { 'request.id': id.length },
    });
  });

  test('the newest traces come first, no more than asked for', async () => {
    const found = await store.search({ ...window, limit: 3 });
    expect(found.map(({ traceId }) => traceId)).toEqual(
      [spans[392], spans[384], spans[376]].map((span) => span?.traceId),
    );
  });

  test.each([
    [{ attempt: '3' }, true],
    [{ 'host.name': 'node-7' }, true],
    [{ 'host.name': 'node-7', attempt: '9' }, false],
    [{ 'span.kind': 'server' }, true],
    [{ error: 'true' }, true],
    [{ 'otel.scope.name': '@telltale/sample' }, true],
    [{ attempt: '33' }, false],
  ])('attributes %j found: %s', async (attributes, found) => {
    const traces = await store.search({ ...window, attributes });
    expect(traces.length > 0).toBe(found);
  });

  test('only errors', async () => {
    const expected = new Set(spans.filter(({ status }) => status.code === 'error').map(({ traceId }) => traceId));
    const found = await store.search({ ...window, onlyErrors: true, limit: 100 });
    expect(new Set(found.map(({ traceId }) => traceId))).toEqual(expected);
  });

  test('names for completion', async () => {
    expect(await store.services()).toEqual(['assistant', 'gateway', 'inference', 'retrieval', 'tools']);
    expect(await store.operations('gateway')).toEqual(expect.arrayContaining([{ name: 'parse', kind: 'internal' }]));
    expect(await store.attributeKeys(window.start, window.end)).toEqual(
      expect.arrayContaining(['session.id', 'attempt']),
    );
    expect((await store.attributeValues('attempt', window.start, window.end, 10)).sort()).toEqual([0, 1, 2, 3]);
  });

  test('dependencies count calls between services', async () => {
    const found = await store.dependencies(window.start, window.end);
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const expected = new Map<string, number>();
    for (const span of spans) {
      const parent = byId.get(span.parentSpanId)?.resource.attributes['service.name'];
      const child = span.resource.attributes['service.name'];
      if (parent !== undefined && parent !== child)
        expected.set(`${parent}>${child}`, (expected.get(`${parent}>${child}`) ?? 0) + 1);
    }
    expect(new Map(found.map(({ parent, child, callCount }) => [`${parent}>${child}`, callCount]))).toEqual(expected);
  });

  test('spans sent twice are there once', async () => {
    await store.write(spans.slice(0, 16));
    await store.flush();
    expect(await store.trace(first[0]?.traceId ?? '')).toEqual(byStart(first));
  });
});

describe('logs', () => {
  beforeEach(setUp);
  afterEach(tearDown);

  const scope = { name: 'l', version: '', attributes: {}, schemaUrl: '' };
  const resource = { attributes: { 'service.name': 'claude-code' }, schemaUrl: '' };
  const log = (n: number, change: Partial<LogRecord> = {}): LogRecord => ({
    timeUnixNano: BigInt(START + n) * 1_000_000n,
    observedUnixNano: 0n,
    severityNumber: 9,
    severityText: '',
    eventName: 'api_request',
    body: `message ${n}`,
    attributes: { 'session.id': 's1', n },
    traceId: '',
    spanId: '',
    flags: 0,
    resource,
    scope,
    ...change,
  });
  const traced = log(5, {
    traceId: 'ab'.repeat(16),
    spanId: 'cd'.repeat(8),
    severityNumber: 17,
    eventName: 'api_error',
  });

  test.each([{ sealed: false }, { sealed: true }])(
    'are found by each condition (sealed: $sealed)',
    async ({ sealed }) => {
      await store.writeLogs([log(1), log(2), log(3), traced]);
      if (sealed) await store.flush();
      const find = async (query: object): Promise<unknown[]> =>
        (await store.logs({ ...window, ...query })).map(({ attributes }) => attributes['n']);
      expect(await find({})).toEqual([5, 3, 2, 1]);
      expect(await find({ limit: 2 })).toEqual([5, 3]);
      expect(await find({ traceId: traced.traceId })).toEqual([5]);
      expect(await find({ spanId: traced.spanId })).toEqual([5]);
      expect(await find({ minSeverityNumber: 10 })).toEqual([5]);
      expect(await find({ eventName: 'api_request' })).toEqual([3, 2, 1]);
      expect(await find({ service: 'claude-code', text: 'MESSAGE 2' })).toEqual([2]);
      expect(await find({ service: 'other' })).toEqual([]);
      expect(await find({ attributes: { n: '3', 'session.id': 's1' } })).toEqual([3]);
      expect(await store.logs({ ...window, attributes: { n: '5' } })).toEqual([traced]);
    },
  );

  test('a request sent again adds nothing; equal records of one request all count', async () => {
    await store.writeLogs([log(1), log(1), log(2)]);
    expect(await store.logs(window)).toHaveLength(3);
    await store.flush();
    expect(await store.logs(window)).toHaveLength(3);
    await store.writeLogs([log(1), log(1), log(2)]);
    await store.flush();
    expect(await store.logs(window)).toHaveLength(3);
    await store.writeLogs([log(1), log(1), log(2)]);
    await store.flush();
    expect(await store.logs(window)).toHaveLength(3);
  });
});

describe('retention', () => {
  beforeEach(setUp);
  afterEach(tearDown);

  const files = (): string[] => readdirSync(dataDir).filter((name) => name.endsWith('.db'));

  test('days beyond it go whole, by arrival', async () => {
    await store.write(sampleSpans(8, { seed: 1 }));
    await clock.advance(3 * DAY);
    await store.write(sampleSpans(8, { seed: 2 }));
    await store.flush();
    expect(files()).toEqual(['spans-2026-01-01.db', 'spans-2026-01-04.db']);
    await clock.advance(5 * DAY);
    await store.maintain();
    expect(files()).toEqual(['spans-2026-01-04.db']);
    expect(await store.search({ ...window, limit: 100 })).toHaveLength(1);
  });

  test('the oldest go when all are too large, never the newest', async () => {
    await store.stop();
    store = await open({ maxBytes: 1 });
    for (const seed of [1, 2, 3]) {
      await store.write(sampleSpans(8, { seed }));
      await clock.advance(DAY);
    }
    await store.flush();
    await store.maintain();
    expect(files()).toEqual(['spans-2026-01-03.db']);
  });
});

test.each([
  ['at the epoch', 0n, 5n],
  ['never begun', 0n, 0n],
  ['at the end of all 64 bits, before 1970 for those who read them signed', 2n ** 64n - 1n, 2n ** 64n - 1n],
  ['ended before it began', 1_767_225_600_000_000_000n, 3n],
])('a span %s is stored, found by its trace, and leaves others alone', async (_name, startUnixNano, endUnixNano) => {
  await setUp();
  const [odd, ...others] = sampleSpans(9);
  if (odd === undefined) throw new Error('no span');
  const span = { ...odd, traceId: 'e'.repeat(32), parentSpanId: '', startUnixNano, endUnixNano };
  await store.write([span, ...others]);
  for (const sealed of [false, true]) {
    if (sealed) await store.flush();
    expect(await store.trace(span.traceId)).toEqual([span]);
    expect((await store.search({ ...window, minDuration: 1e9 })).length).toBe(0);
    expect(await store.trace(others[0]?.traceId ?? '')).toHaveLength(7);
  }
  await tearDown();
});

test('completion knows a key of one span among many, of its resource, scope, events and links, and only in its window', async () => {
  await setUp();
  const spans = sampleSpans(6000, { step: 1 });
  const [odd] = sampleSpans(1, { seed: 9, start: START - DAY });
  if (odd === undefined) throw new Error('no span');
  const empty = { droppedAttributesCount: 0 };
  const rare: Span = {
    ...odd,
    attributes: { 'rare.own': 'x' },
    resource: { attributes: { 'service.name': 'rare', 'rare.resource': 1 }, schemaUrl: '' },
    scope: { name: 's', version: '', attributes: { 'rare.scope': 1 }, schemaUrl: '' },
    events: [{ timeUnixNano: 1n, name: 'e', attributes: { 'rare.event': 1 }, ...empty }],
    links: [
      { traceId: odd.traceId, spanId: odd.spanId, traceState: '', attributes: { 'rare.link': 1 }, flags: 0, ...empty },
    ],
  };
  await store.write([rare, ...spans.slice(0, 3000)]);
  await store.write(spans.slice(3000));
  const rareKeys = async (start: number): Promise<string[]> =>
    (await store.attributeKeys(start, window.end)).filter((key) => key.startsWith('rare'));
  for (const sealed of [false, true]) {
    if (sealed) await store.flush();
    expect(await rareKeys(0)).toEqual(['rare.event', 'rare.link', 'rare.own', 'rare.resource', 'rare.scope']);
    expect(await store.attributeValues('rare.own', 0, window.end, 10)).toEqual(['x']);
    expect(await store.attributeValues('rare.nothing', 0, window.end, 10)).toEqual([]);
  }
  await store.write(sampleSpans(8, { seed: 3, start: START + 10_000 }));
  expect(await rareKeys(START + 9000)).toEqual([]);
  await tearDown();
});

test('of one block ten thousand different keys are counted, those met first', async () => {
  const keys = new KeyCounts();
  const [span] = sampleSpans(1);
  if (span === undefined) throw new Error('no span');
  const wide = (from: number): Span => ({
    ...span,
    attributes: Object.fromEntries(Array.from({ length: 6000 }, (_, n) => [`k${from + n}`, n])),
  });
  for (const from of [0, 6000, 0]) {
    const { parts, buffer } = decodeTraces(encodeTraces([wide(from)]));
    keys.add({ buffer, start: parts.table[0] ?? 0, end: parts.table[1] ?? 0 }, 'span');
  }
  const counts = new Map(keys.list());
  expect(counts.size).toBe(10_000);
  expect([counts.get('k0'), counts.get('k9999'), counts.get('k10000')]).toEqual([2, 1, undefined]);
});

test('tail sampling keeps errors, slow traces and a share of the rest', async () => {
  await setUp();
  await store.stop();
  store = await open({ sampling: { enabled: true, baselineRatio: 0, slowerThan: '1900ms', rareCount: 0 } });
  const spans = sampleSpans(1600);
  await store.write(spans);
  await store.flush();
  const kept = new Set(
    spans
      .filter(
        ({ status, startUnixNano, endUnixNano }) =>
          status.code === 'error' || endUnixNano - startUnixNano >= 1_900_000_000n,
      )
      .map(({ traceId }) => traceId),
  );
  expect((await store.search({ ...window, limit: 2000 })).length).toBe(kept.size);
  const { droppedBySampling } = await store.maintain();
  expect(droppedBySampling).toBe(1600 - kept.size * 8);
  await tearDown();
});
