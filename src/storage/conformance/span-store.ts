import type { EpochMillis } from '../../base/clock';
import { seededRandom } from '../../base/ids';
import type { LogRecord } from '../../domain/log-record';
import { serviceNameOf } from '../../domain/resource';
import { durationNano } from '../../domain/span';
import type { Span } from '../../domain/span';
import type { SpanFilter } from '../ports/span-filter';
import type { SpanStore, TraceSearch } from '../ports/span-store';

/** A store under test, started and empty. */
export interface SpanStoreUnderTest {
  readonly store: SpanStore;
  /** Brings what was written into another of the forms the store keeps records in; nothing a reader sees may change. */
  settle(): Promise<void>;
  dispose(): Promise<void>;
}

const START: EpochMillis = 1_780_272_000_000;
const SERVICES = ['gateway', 'model', 'tools'] as const;
const NAMES = ['chat', 'infer', 'read file', 'GET /x'] as const;
const window = { start: START - 1000, end: START + 1_000_000, limit: 1000 };
const ids = (spans: readonly { readonly traceId: string }[]): string[] =>
  [...new Set(spans.map(({ traceId }) => traceId))].sort();

/** What every store of spans and logs must do; call it in a spec of the backend. */
export function describeSpanStore(name: string, create: () => Promise<SpanStoreUnderTest>): void {
  describe.each([{ state: 'just written' }, { state: 'settled' }])(`${name}, $state`, ({ state }) => {
    const spans = someSpans(240);
    let under: SpanStoreUnderTest;
    let store: SpanStore;

    beforeAll(async () => {
      under = await create();
      store = under.store;
      await store.start();
      await store.write(spans.slice(0, 100));
      await store.write(spans.slice(100));
      await store.writeLogs(someLogs());
      if (state === 'settled') await under.settle();
    });
    afterAll(async () => {
      await store.stop();
      await under.dispose();
    });

    test('a trace comes back whole, exact and by start', async () => {
      for (const { traceId } of [spans[0], spans[200]].filter((span) => span !== undefined)) {
        const own = spans.filter((span) => span.traceId === traceId);
        expect(await store.trace(traceId)).toEqual(
          own.toSorted((a, b) => (a.startUnixNano < b.startUnixNano ? -1 : 1)),
        );
        expect(await store.trace(traceId.replace(/^0+/, ''))).toHaveLength(own.length);
      }
      expect(await store.trace('f'.repeat(32))).toEqual([]);
    });

    const millis = (span: Span): number => Number(durationNano(span)) / 1e6;
    const atEvent: SpanFilter = {
      op: 'some',
      level: 'event',
      arg: { op: 'eq', left: { attribute: 'n', level: 'event' }, right: { constant: { value: '3', type: 'int' } } },
    };
    test.each<[string, Partial<TraceSearch>, (span: Span) => boolean]>([
      ['service', { service: 'model' }, (span) => serviceNameOf(span.resource) === 'model'],
      ['operation alone', { operation: 'GET /x' }, ({ name: operation }) => operation === 'GET /x'],
      [
        'service, operation, duration',
        { service: 'tools', operation: 'chat', minDuration: 10, maxDuration: 60.5 },
        (span) =>
          serviceNameOf(span.resource) === 'tools' &&
          span.name === 'chat' &&
          millis(span) >= 10 &&
          millis(span) <= 60.5,
      ],
      ['errors', { onlyErrors: true }, ({ status }) => status.code === 'error'],
      [
        'a start within, both ends included',
        { start: START + 10, end: START + 20 },
        ({ startUnixNano }) => {
          const at = Number(startUnixNano / 1000n) / 1000;
          return at >= START + 10 && at <= START + 20;
        },
      ],
      ['an attribute', { attributes: { 'n.of.ten': '7' } }, ({ attributes }) => attributes['n.of.ten'] === 7],
      [
        'an attribute of the resource',
        { attributes: { 'host.name': 'h1' } },
        ({ resource }) => resource.attributes['host.name'] === 'h1',
      ],
      [
        'two attributes on one span',
        { attributes: { 'n.of.ten': '7', 'span.kind': 'server' } },
        (span) => span.attributes['n.of.ten'] === 7 && span.kind === 'server',
      ],
      ['a tag for errors', { attributes: { error: 'true' } }, ({ status }) => status.code === 'error'],
      [
        'an attribute of an event',
        { attributes: { n: '3' } },
        ({ events }) => events.some(({ attributes }) => attributes['n'] === 3),
      ],
      ['nothing', { attributes: { 'n.of.ten': 'x' } }, () => false],
      [
        'a filter on one event',
        { filter: atEvent },
        ({ events }) => events.some(({ attributes }) => attributes['n'] === 3),
      ],
      [
        'a filter and a field',
        { service: 'model', filter: { op: 'not', arg: { op: 'exists', left: { attribute: 'odd' } } } },
        (span) => serviceNameOf(span.resource) === 'model' && span.attributes['odd'] === undefined,
      ],
    ])('search by %s agrees with a plain filter', async (_what, query, meets) => {
      const found = await store.search({ ...window, ...query });
      expect(ids(found)).toEqual(ids(spans.filter(meets)));
      expect(found.map(({ startUnixNano }) => startUnixNano)).toEqual(
        found.map(({ startUnixNano }) => startUnixNano).toSorted((a, b) => (a < b ? 1 : -1)),
      );
    });

    test('no more traces than asked for, those with the newest spans', async () => {
      const newest = [
        ...new Set(
          spans.toSorted((a, b) => (a.startUnixNano < b.startUnixNano ? 1 : -1)).map(({ traceId }) => traceId),
        ),
      ];
      expect(ids(await store.search({ ...window, limit: 5 }))).toEqual(newest.slice(0, 5).toSorted());
    });

    test('a summary counts', async () => {
      const [first] = spans;
      const own = spans.filter(({ traceId }) => traceId === first?.traceId);
      const [summary] = (await store.search(window)).filter(({ traceId }) => traceId === first?.traceId);
      expect(summary).toMatchObject({
        rootService: 'gateway',
        rootOperation: first?.name,
        spanCount: own.length,
        errorSpanCount: own.filter(({ status }) => status.code === 'error').length,
        orphanSpanCount: 1,
        startUnixNano: first?.startUnixNano,
      });
      expect(summary?.services.map(({ name: service }) => service)).toEqual([...SERVICES]);
      expect(summary?.services.reduce((sum, { spanCount }) => sum + spanCount, 0)).toBe(own.length);
    });

    test('names and values for completion, dependencies', async () => {
      expect(await store.services()).toEqual([...SERVICES]);
      const operations = await store.operations('gateway');
      expect(operations.map(({ name: operation }) => operation)).toEqual(
        operations.map(({ name: operation }) => operation).toSorted(),
      );
      expect(operations).toContainEqual({ name: spans[0]?.name, kind: 'server' });
      expect(await store.operations('nobody')).toEqual([]);
      expect(await store.attributeKeys(window.start, window.end)).toEqual(
        ['host.name', 'n', 'n.of.ten', 'odd', 'service.name'].toSorted(),
      );
      expect(await store.attributeKeys(0, 1000)).toEqual([]);
      expect((await store.attributeValues('n.of.ten', window.start, window.end, 100)).toSorted()).toEqual([
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
      ]);
      expect(await store.attributeValues('n.of.ten', window.start, window.end, 2)).toHaveLength(2);
      expect(await store.dependencies(window.start, window.end)).toEqual([
        { parent: 'gateway', child: 'model', callCount: 60 },
        { parent: 'model', child: 'tools', callCount: 60 },
        { parent: 'tools', child: 'gateway', callCount: 60 },
      ]);
    });

    test.each<[string, object, number]>([
      ['all', {}, 20],
      ['a limit', { limit: 3 }, 3],
      ['a trace', { traceId: 'ab'.repeat(16) }, 5],
      ['a span', { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }, 5],
      ['severity', { minSeverityNumber: 17 }, 4],
      ['event', { eventName: 'e1' }, 10],
      ['an attribute', { attributes: { n: '4' } }, 1],
      ['a text, case aside', { text: 'MESSAGE 1' }, 11],
      ['a text that stands in content only', { text: 'secret' }, 0],
      ['a text in content, asked for', { text: 'Secret', withContent: true }, 7],
      ['a time', { start: START + 5, end: START + 7 }, 3],
    ])('logs by %s, the newest first', async (_what, query, count) => {
      const found = await store.logs({ ...window, ...query });
      expect(found).toHaveLength(count);
      const times = found.map(({ timeUnixNano }) => timeUnixNano);
      expect(times).toEqual(times.toSorted((a, b) => (a < b ? 1 : -1)));
    });

    test('what is sent again is there once; two spans of one id and another kind are both kept', async () => {
      const before = (await store.search(window)).length;
      await store.write(spans.slice(0, 50));
      await store.writeLogs(someLogs());
      const [twin] = spans;
      if (twin !== undefined) await store.write([{ ...twin, kind: 'client' }]);
      if (state === 'settled') await under.settle();
      expect(await store.search(window)).toHaveLength(before);
      const own = spans.filter(({ traceId }) => traceId === twin?.traceId);
      expect(await store.trace(twin?.traceId ?? '')).toHaveLength(own.length + 1);
      expect(await store.logs(window)).toHaveLength(20);
    });

    test('a pattern that is none is refused', async () => {
      const filter: SpanFilter = { op: 'regex', left: { attribute: 'x' }, pattern: '(' };
      await expect(store.search({ ...window, filter })).rejects.toMatchObject({ code: 'REGEX_SYNTAX' });
    });
  });
}

/** Traces of eight spans, a chain through the services whose last span's parent is missing. */
function someSpans(count: number): Span[] {
  const random = seededRandom(7);
  const resources = SERVICES.map((service, n) => ({
    attributes: { 'service.name': service, 'host.name': `h${n}` },
    schemaUrl: '',
  }));
  return Array.from({ length: count }, (_, n) => {
    const at = n % 8;
    const startUnixNano = BigInt(START) * 1_000_000n + BigInt(n) * 1_000_001n;
    const resource = resources[at % 3] ?? { attributes: {}, schemaUrl: '' };
    return {
      traceId: (Math.floor(n / 8) + 1).toString(16).padStart(32, '0'),
      spanId: (n + 1).toString(16).padStart(16, '0'),
      parentSpanId: at === 0 ? '' : (at === 7 ? 0xdead : n).toString(16).padStart(16, '0'),
      traceState: '',
      flags: 1,
      name: NAMES[Math.floor(random() * NAMES.length)] ?? 'chat',
      kind: at === 0 ? 'server' : 'internal',
      startUnixNano,
      endUnixNano: startUnixNano + BigInt(Math.floor(random() * 100_000_000)),
      attributes: { 'n.of.ten': n % 10, ...(n % 2 === 1 ? { odd: true } : {}) },
      events: [{ timeUnixNano: startUnixNano, name: 'e', attributes: { n: n % 100 }, droppedAttributesCount: 0 }],
      links: [],
      status: { code: random() < 0.1 ? 'error' : 'unset', message: '' },
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
      resource,
      scope: { name: 's', version: '1', attributes: {}, schemaUrl: '' },
    };
  });
}

function someLogs(): LogRecord[] {
  return Array.from({ length: 20 }, (_, n) => ({
    timeUnixNano: BigInt(START + n) * 1_000_000n,
    observedUnixNano: 0n,
    severityNumber: n % 5 === 0 ? 17 : 9,
    severityText: '',
    eventName: `e${n % 2}`,
    body: `Message ${n}`,
    attributes: { n, ...(n % 3 === 0 ? { prompt: 'a secret' } : {}) },
    traceId: n < 5 ? 'ab'.repeat(16) : '',
    spanId: n < 5 ? 'cd'.repeat(8) : '',
    flags: 0,
    resource: { attributes: { 'service.name': 'logs' }, schemaUrl: '' },
    scope: { name: 's', version: '', attributes: {}, schemaUrl: '' },
  }));
}
