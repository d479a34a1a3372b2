import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { CLOCK } from '../../base/clock';
import { ManualClock } from '../../base/testing/manual-clock';
import type { ContentShownBody, SpanDetailBody } from '../../contracts/trace-search';
import type { LogRecord } from '../../domain/log-record';
import type { Span } from '../../domain/span';
import { SPAN_STORE } from '../../storage';
import { sampleSpans } from '../../traces/testing/sample-spans';
import { CONTENT_LOG, ContentLog } from './content-log';
import { LogsController } from './logs.controller';
import { TraceDetailController, USAGE_PRICES } from './trace-detail.controller';
import { StackTracesController } from './traces.controller';

const SECRET = 'what only the two of them know';
const [plain] = sampleSpans({ id: 'a1', start: 0, end: 10 });
if (plain === undefined) throw new Error('no span');
const span: Span = {
  ...plain,
  attributes: { 'gen_ai.input.messages': SECRET, 'llm.input_messages.0.message.content': SECRET, plain: 'shown' },
  resource: { attributes: { 'service.name': 'web', prompt: SECRET }, schemaUrl: '' },
  events: [{ timeUnixNano: 1n, name: 'e', attributes: { 'gen_ai.prompt': SECRET, n: 1 }, droppedAttributesCount: 0 }],
};
const log = (change: Partial<LogRecord>): LogRecord => ({
  timeUnixNano: 1_000_000n,
  observedUnixNano: 0n,
  severityNumber: 9,
  severityText: 'INFO',
  body: 'plain body',
  eventName: '',
  attributes: {},
  flags: 0,
  traceId: span.traceId,
  spanId: span.spanId,
  resource: span.resource,
  scope: span.scope,
  ...change,
});
const records = [
  log({ eventName: 'gen_ai.user.message', body: { content: SECRET } }),
  log({ attributes: { 'event.name': 'user_prompt', prompt: SECRET, prompt_length: 30 } }),
];

let app: INestApplication;
const shown: ContentShownBody[] = [];
const server = (): Server => app.getHttpServer() as Server;
const path = `/api/stack/traces/${span.traceId}`;

beforeAll(async () => {
  const store = {
    trace: () => Promise.resolve([span]),
    logs: () => Promise.resolve(records),
    attributeValues: () => Promise.resolve([SECRET]),
  };
  const module = await Test.createTestingModule({
    controllers: [LogsController, StackTracesController, TraceDetailController],
    providers: [
      { provide: SPAN_STORE, useValue: store },
      { provide: CLOCK, useValue: new ManualClock(5000) },
      { provide: USAGE_PRICES, useValue: { price: () => ({ reason: 'none' }) } },
      { provide: CONTENT_LOG, useValue: new ContentLog((entry) => void shown.push(entry)) },
    ],
  }).compile();
  app = module.createNestApplication({ logger: false });
  await app.init();
});
afterAll(() => app.close());

test.each([
  [path, 200],
  [`${path}?expand=1`, 200],
  [`${path}/outline`, 200],
  [`${path}/spans/${span.spanId}/detail`, 200],
  [`${path}/spans/${span.spanId}`, 404],
  ['/api/stack/logs', 200],
  [`/api/stack/logs?trace=${span.traceId}`, 200],
  ['/api/stack/traces/attributes/gen_ai.input.messages/values', 200],
  ['/api/stack/content-log', 200],
])('GET %s shows nothing of what was said, and logs nothing', async (route, status) => {
  const answer = await request(server()).get(route);
  expect(answer.status).toBe(status);
  expect(answer.text).not.toContain(SECRET);
  expect(shown).toEqual([]);
});

test('the detail of a span names what it withholds, events included', async () => {
  const detail = (await request(server()).get(`${path}/spans/${span.spanId}/detail`)).body as SpanDetailBody;
  expect(detail.attributes).toEqual({ plain: 'shown' });
  expect(detail.events).toMatchObject([{ name: 'e', attributes: { n: '1' } }]);
  expect(detail.withheld.map(({ key, characters }) => [key, characters])).toEqual([
    ['prompt', SECRET.length],
    ['gen_ai.input.messages', SECRET.length],
    ['llm.input_messages.0.message.content', SECRET.length],
    ['event 1 (e): gen_ai.prompt', SECRET.length],
  ]);
});

test('content of a span, of its events and its log records is given on request, and that is logged', async () => {
  const { body } = await request(server()).post(`${path}/spans/${span.spanId}/content`);
  const attributes = {
    prompt: SECRET,
    'gen_ai.input.messages': SECRET,
    'llm.input_messages.0.message.content': SECRET,
    'event 1 (e): gen_ai.prompt': SECRET,
    'log 1 (user_prompt): prompt': SECRET,
    'log 2 (gen_ai.user.message): body': `{"content":"${SECRET}"}`,
  };
  expect(body).toEqual({ attributes });
  expect(shown.splice(0)).toMatchObject([{ spanId: span.spanId, keys: Object.keys(attributes) }]);
});

test('log records withhold, and give on request', async () => {
  const listed = (await request(server()).get('/api/stack/logs')).body as unknown;
  expect(listed).toMatchObject([
    { body: '', withheld: ['body'] },
    { body: 'plain body', attributes: { prompt_length: '30' }, withheld: ['prompt'] },
  ]);
  const given = (await request(server()).post('/api/stack/logs/content?service=web')).body as unknown;
  expect(given).toMatchObject([
    { body: `{"content":"${SECRET}"}`, withheld: [] },
    { body: 'plain body', attributes: { prompt: SECRET, prompt_length: '30' } },
  ]);
  expect(shown.splice(0)).toMatchObject([{ at: 5000, traceId: '', keys: ['body', 'prompt'] }]);
});
