import type { Server } from 'node:http';
import request from 'supertest';
import type { Attributes } from '../../domain/attributes';
import type { Span } from '../../domain/span';
import { serveSpans } from './testing/served-spans';
import type { ServedSpans } from './testing/served-spans';

/** What Jaeger asks of every store it is given: a trace per case, all of them there when each question is asked. */
const START = 1_485_467_191_639_875_000n;
const TAGS: Attributes = { text: 'sameplacevalue', whole: 123, fraction: 72.5, yes: true };
const ASKED = { text: 'sameplacevalue', whole: '123', fraction: '72.5', yes: 'true' };

interface Place {
  readonly span?: Attributes;
  readonly resource?: Attributes;
  readonly scope?: Attributes;
  readonly event?: Attributes;
  readonly link?: Attributes;
}

interface Question {
  readonly operation?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly min?: string;
  readonly max?: string;
}

interface Case {
  readonly name: string;
  readonly place?: Place;
  readonly nanos?: bigint;
  readonly question: Question;
  /** Traces of the service; all must be found. */
  readonly traces?: number;
}

const { text, whole, fraction, yes } = {
  text: TAGS['text'],
  whole: TAGS['whole'],
  fraction: TAGS['fraction'],
  yes: true,
};
const spread: Place = {
  span: { text: text ?? '' },
  event: { whole: whole ?? 0 },
  resource: { fraction: fraction ?? 0, yes },
};

const cases: readonly Case[] = [
  { name: 'tags on the span', place: { span: TAGS }, question: { tags: ASKED } },
  { name: 'tags on an event', place: { event: TAGS }, question: { tags: ASKED } },
  { name: 'tags on the resource', place: { resource: TAGS }, question: { tags: ASKED } },
  { name: 'tags on the scope', place: { scope: TAGS }, question: { tags: ASKED } },
  { name: 'tags on a link', place: { link: TAGS }, question: { tags: ASKED } },
  { name: 'tags in different spots', place: spread, question: { tags: ASKED } },
  { name: 'operation', question: { operation: 'op' } },
  { name: 'operation and longest', nanos: 2000n, question: { operation: 'op', max: '2000ns' } },
  { name: 'operation and a range', nanos: 5000n, question: { operation: 'op', min: '4500ns', max: '5500ns' } },
  { name: 'a range, its ends included', nanos: 4500n, question: { min: '4.5us', max: '4500ns' } },
  { name: 'longest', nanos: 1000n, question: { max: '1us' } },
  {
    name: 'tags, operation and a range',
    place: spread,
    nanos: 5000n,
    question: { tags: ASKED, operation: 'op', min: '4500ns', max: '5500ns' },
  },
  { name: 'several traces', question: {}, traces: 3 },
];

let served: ServedSpans;

beforeAll(async () => {
  served = await serveSpans(
    1_780_272_100_000,
    cases.flatMap((each, index) => spansOf(each, index)),
  );
});
afterAll(() => served.close());

describe.each([{ state: 'just received' }, { state: 'sealed' }])('$state', ({ state }) => {
  beforeAll(() => (state === 'sealed' ? served.store.flush() : undefined));

  test.each(cases)('v1: $name', async ({ name, question, traces = 1 }) => {
    const query = new URLSearchParams({
      service: serviceOf(name),
      start: String(START / 1000n - 3_600_000_000n),
      end: String(START / 1000n + 3_600_000_000n),
      limit: '1000',
      ...(question.operation === undefined ? {} : { operation: question.operation }),
      ...(question.tags === undefined ? {} : { tags: JSON.stringify(question.tags) }),
      ...(question.min === undefined ? {} : { minDuration: question.min }),
      ...(question.max === undefined ? {} : { maxDuration: question.max }),
    });
    expect(servicesIn((await get(`/api/traces?${query}`)).data)).toEqual(Array(traces).fill(serviceOf(name)));
  });

  test.each(cases)('v3: $name', async ({ name, question, traces = 1 }) => {
    const query = new URLSearchParams({
      'query.serviceName': serviceOf(name),
      'query.startTimeMin': '2017-01-26T20:46:31.639875Z',
      'query.startTimeMax': '2017-01-26T22:46:31.639875Z',
      'query.searchDepth': '1000',
      ...(question.operation === undefined ? {} : { 'query.operationName': question.operation }),
      ...(question.tags === undefined ? {} : { 'query.attributes': JSON.stringify(question.tags) }),
      ...(question.min === undefined ? {} : { 'query.durationMin': question.min }),
      ...(question.max === undefined ? {} : { 'query.durationMax': question.max }),
    });
    const { summaries } = await get(`/api/v3/trace-summaries?${query}`);
    expect(summaries).toHaveLength(traces);
    const { result } = await get(`/api/v3/traces?${query}`);
    expect(JSON.stringify(result).split(`"${serviceOf(name)}"`).length - 1).toBeGreaterThanOrEqual(1);
  });

  test('a tag that differs in one letter finds nothing', async () => {
    const tags = JSON.stringify({ ...ASKED, text: 'sameplacevaluE' });
    const query = new URLSearchParams({
      service: serviceOf('tags on the span'),
      start: '0',
      end: '2000000000000000',
      tags,
    });
    expect((await get(`/api/traces?${query}`)).data).toEqual([]);
  });
});

test('a trace of more than ten thousand spans comes whole, spans of one id among them', async () => {
  const traceId = 'f'.repeat(32);
  const spans = Array.from({ length: 10_008 }, (_, n) =>
    spanOf('large', traceId, n % 20 === 0 ? 1 : n + 1, { startUnixNano: START + BigInt(n + 1) * 1_000_000_000n }),
  );
  await served.store.write(spans);
  await served.store.write(spans.slice(0, 500));
  await served.store.flush();
  const { data } = await get(`/api/traces/${traceId}`);
  expect(spansIn(data)).toBe(10_008);
});

function spansOf({ name, place = {}, nanos = 10_000n, traces = 1 }: Case, index: number): Span[] {
  return Array.from({ length: traces }, (_, nth) => {
    const traceId = String(index * 10 + nth + 1).padStart(32, '0');
    const span = spanOf(serviceOf(name), traceId, 1, { endUnixNano: START + nanos });
    return {
      ...span,
      attributes: place.span ?? {},
      resource: { attributes: { 'service.name': serviceOf(name), ...place.resource }, schemaUrl: '' },
      scope: { name: 's', version: '1', attributes: place.scope ?? {}, schemaUrl: '' },
      events:
        place.event === undefined
          ? []
          : [{ timeUnixNano: START, name: 'e', attributes: place.event, droppedAttributesCount: 0 }],
      links:
        place.link === undefined
          ? []
          : [
              {
                traceId: 'a'.repeat(32),
                spanId: 'b'.repeat(16),
                traceState: '',
                attributes: place.link,
                droppedAttributesCount: 0,
                flags: 0,
              },
            ],
    };
  });
}

function spanOf(service: string, traceId: string, id: number, change: Partial<Span>): Span {
  return {
    traceId,
    spanId: id.toString(16).padStart(16, '0'),
    parentSpanId: '',
    traceState: '',
    flags: 1,
    name: 'op',
    kind: 'internal',
    startUnixNano: START,
    endUnixNano: START + 10_000n,
    attributes: {},
    events: [],
    links: [],
    status: { code: 'unset', message: '' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    resource: { attributes: { 'service.name': service }, schemaUrl: '' },
    scope: { name: '', version: '', attributes: {}, schemaUrl: '' },
    ...change,
  };
}

function serviceOf(name: string): string {
  return name.replace(/\W+/g, '-');
}

async function get(path: string): Promise<Record<string, unknown>> {
  const { body } = await request(served.app.getHttpServer() as Server).get(path);
  return body as Record<string, unknown>;
}

/** The service of each trace's first process. */
function servicesIn(data: unknown): unknown[] {
  return (data as { processes: { p1: { serviceName: string } } }[]).map(({ processes }) => processes.p1.serviceName);
}

function spansIn(data: unknown): number {
  return (data as { spans: unknown[] }[]).reduce((total, { spans }) => total + spans.length, 0);
}
