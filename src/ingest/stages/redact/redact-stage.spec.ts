import { noTelemetry } from '../../../base/telemetry';
import type { AttributeValue } from '../../../domain/attributes';
import { isDouble, markDouble } from '../../../domain/doubles';
import type { LogRecord } from '../../../domain/log-record';
import { decodeLogs, decodeTraces, encodeLogs, encodeTraces } from '../../../otlp';
import { sampleSpans } from '../../../otlp/testing/sample-spans';
import { ingestConfig } from '../../ingest.config';
import { markedRowFinder } from '../../marked-rows';
import type { StageContext } from '../stage';
import { RedactStage } from './redact-stage';

const context: StageContext = {
  at: 1000,
  transport: 'http',
  emitSpans: () => undefined,
  emitSamples: () => undefined,
  emitDurable: () => undefined,
};
const [plain] = sampleSpans(1);
if (plain === undefined) throw new Error('no sample');
const empty = { ...plain, attributes: {} };

const stageOf = (redaction: object = {}): RedactStage =>
  new RedactStage(ingestConfig.parse({ redaction }).redaction, noTelemetry);

/** Few and short texts are redacted without a pause. */
function atOnce<T>(result: readonly T[] | Promise<readonly T[]>): readonly T[] {
  if (result instanceof Promise) throw new Error('there was a pause');
  return result;
}

/** The attribute after redaction; the same through the finder that decides which spans are looked at. */
const redacted = (stage: RedactStage, key: string, value: AttributeValue): AttributeValue | undefined => {
  const span = { ...empty, attributes: { [key]: value } };
  const [result] = atOnce(stage.traces([span], context));
  const find = markedRowFinder({
    markers: stage.markers ?? [],
    texts: stage.markerTexts ?? [],
    wantsKey: (name) => stage.wantsKey(name),
  });
  const columns = decodeTraces(encodeTraces([span]));
  const marked = find(columns, new Uint8Array(1), 0, 1) === 1;
  if (stage.markers !== undefined && result !== span) expect(marked).toBe(true);
  return result?.attributes[key];
};

const SECRETS: readonly [name: string, text: string][] = [
  ['anthropic-key', `sk-ant-api03-${'a1B2'.repeat(8)}`],
  ['openai-key', `sk-proj-${'a1B2'.repeat(8)}`],
  ['github-token', `ghp_${'a1B2'.repeat(9)}`],
  ['gitlab-token', `glpat-${'a1B2'.repeat(6)}`],
  ['aws-access-key', 'AKIAIOSFODNN7EXAMPLE'],
  ['slack-token', 'xoxb-1234567890-abcdef'],
  ['google-api-key', `AIza${'a1B2c'.repeat(7)}`],
  ['stripe-key', `sk_live_${'a1B2'.repeat(6)}`],
  ['jwt', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N'],
  ['private-key', '-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----'],
  ['bearer-token', 'Authorization: Bearer abcdefghij0123456789'],
  ['url-password', 'postgres://bob:hunter22@db:5432/x'],
  ['assigned-secret', 'retry with password=hunter2222'],
];

test.each(SECRETS)('%s is masked wherever it stands', (name, secret) => {
  const stage = stageOf();
  const text = redacted(stage, 'note', `before ${secret} after`);
  expect(text).toContain(`[redacted:${name}]`);
  expect(text).toMatch(/^before .*after$/s);
  const nested = redacted(stage, 'note', [{ inner: [`x ${secret}`] }]);
  expect(JSON.stringify(nested)).toContain(`[redacted:${name}]`);
  expect(stage.audit().find(({ rule }) => rule === name)).toMatchObject({ count: 2, lastAt: 1000 });
});

test.each([
  ['gen_ai.input.messages', 'text', undefined],
  ['gen_ai.prompt.0.content', 'text', undefined],
  ['gen_ai.prompt.name', 'review', 'review'],
  ['input.value', 'text', undefined],
  ['llm.input_messages.0.message.content', 'text', undefined],
  ['ai.toolCall.args', '{}', undefined],
  ['Prompt', 'text', undefined],
  ['prompt_length', 12, 12],
  ['http.response.status_code', 200, 200],
  ['http.request.header.authorization', 'Basic x', '[redacted:credential]'],
  ['db.password', 'x', '[redacted:credential]'],
  ['user.email', 'ada@example.com', expect.stringMatching(/^user-[0-9a-f]{12}$/)],
  ['user.id', 'user-0123456789ab', 'user-0123456789ab'],
  ['a.note', 'nothing to see', 'nothing to see'],
])('%s = %j becomes %j', (key, value, want) => {
  expect(redacted(stageOf(), key, value)).toEqual(want);
});

test.each([
  [{ content: 'keep' }, 'gen_ai.input.messages', 'hello', 'hello'],
  [{ content: 'keep' }, 'gen_ai.input.messages', `key sk-ant-api03-${'x'.repeat(20)}`, 'key [redacted:anthropic-key]'],
  [{ secrets: false }, 'note', 'password=hunter2222', 'password=hunter2222'],
  [{ identities: 'keep' }, 'user.email', 'a@b.c', 'a@b.c'],
  [{ identities: 'drop' }, 'user.email', 'a@b.c', undefined],
  [{ dropKeys: ['customer.*'] }, 'customer.name', 'x', undefined],
  [{ maskKeys: ['*.iban'] }, 'bank.iban', 'DE00', '[redacted:key]'],
  [{ keepKeys: ['prompt'] }, 'prompt', 'kept', 'kept'],
  [{ maskPatterns: ['\\d{4}-\\d{4}'] }, 'note', 'card 1234-5678 used', 'card [redacted:pattern] used'],
])('with %j, %s = %j becomes %j', (redaction, key, value, want) => {
  expect(redacted(stageOf(redaction), key, value)).toEqual(want);
});

test('what no rule touches stays the same object', () => {
  expect(atOnce(stageOf().traces([plain], context))[0]).toBe(plain);
});

test('whole numbers that came as doubles stay doubles beside what is masked', () => {
  const attributes: Record<string, AttributeValue> = { 'user.password': 'x', ratio: 1 };
  markDouble(attributes, 'ratio');
  const [span] = atOnce(stageOf().traces([{ ...empty, attributes }], context));
  expect(span?.attributes['user.password']).not.toBe('x');
  expect(isDouble(span?.attributes ?? {}, 'ratio', 1)).toBe(true);
});

test('resources, events, links, names and status texts are covered too', () => {
  const secret = `sk-ant-api03-${'x'.repeat(20)}`;
  const span = {
    ...empty,
    name: `call ${secret}`,
    status: { code: 'error' as const, message: secret },
    resource: { attributes: { 'user.email': 'a@b.c' }, schemaUrl: '' },
    events: [{ timeUnixNano: 1n, name: 'e', attributes: { prompt: 'x', note: secret }, droppedAttributesCount: 0 }],
    links: [
      { traceId: '', spanId: '', traceState: '', attributes: { prompt: 'x' }, droppedAttributesCount: 0, flags: 0 },
    ],
  };
  const text = JSON.stringify(atOnce(stageOf().traces([span], context)), (_, value: unknown) =>
    typeof value === 'bigint' ? '' : value,
  );
  expect(text).not.toContain(secret);
  expect(text).not.toContain('prompt');
  expect(text).not.toContain('a@b.c');
});

test('bodies of content events are removed, others are searched', () => {
  const log = (eventName: string, body: AttributeValue): LogRecord => ({
    timeUnixNano: 1n,
    observedUnixNano: 1n,
    severityNumber: 9,
    severityText: '',
    eventName,
    body,
    attributes: {},
    traceId: '',
    spanId: '',
    flags: 0,
    resource: plain.resource,
    scope: plain.scope,
  });
  const stage = stageOf();
  const records = [
    log('gen_ai.user.message', { content: 'hello' }),
    log('', 'password: hunter2222'),
    log('', { level: 'x', prompt: 'p' }),
    log('', 'started'),
  ];
  const bodies = atOnce(stage.logs(records, context)).map(({ body }) => body);
  expect(bodies).toEqual([null, 'password: [redacted:assigned-secret]', { level: 'x' }, 'started']);
  const find = markedRowFinder({
    markers: stage.markers ?? [],
    texts: stage.markerTexts ?? [],
    wantsKey: (key) => stage.wantsKey(key),
  });
  const rows = new Uint8Array(4);
  find(decodeLogs(encodeLogs(records)), rows, 0, 4);
  expect([...rows]).toEqual([1, 1, 1, 0]);
});

test('attributes of metrics become labels, and are redacted too', () => {
  const point = (attributes: Record<string, string>) => ({
    attributes,
    startUnixNano: 0n,
    timeUnixNano: 1n,
    flags: 0,
    value: 1,
  });
  const exemplar = { timeUnixNano: 1n, value: 1, traceId: '', spanId: '', attributes: { 'user.id': 'ada' } };
  const metric = (attributes: Record<string, string>) => ({
    resource: { attributes: { 'user.email': 'a@b.c' }, schemaUrl: '' },
    scopes: [
      {
        scope: plain.scope,
        metrics: [
          {
            name: 'm',
            description: '',
            unit: '',
            data: { kind: 'gauge' as const, points: [{ ...point(attributes), exemplars: [exemplar] }] },
          },
        ],
      },
    ],
  });
  const [redactedMetrics] = stageOf().metrics([metric({ 'user.account_uuid': 'u-1', model: 'm1' })], 1000);
  const text = JSON.stringify(redactedMetrics, (_, value: unknown) => (typeof value === 'bigint' ? '' : value));
  expect(text).not.toMatch(/a@b\.c|u-1|ada/);
  expect(text).toMatch(/"user.account_uuid":"user-[0-9a-f]{12}","model":"m1"/);
});
