import { noTelemetry } from '../../../base/telemetry';
import type { Attributes } from '../../../domain/attributes';
import type { LogRecord } from '../../../domain/log-record';
import type { MetricPoints, ResourceMetrics } from '../../../domain/metric-point';
import type { Span } from '../../../domain/span';
import { sampleSpans } from '../../../otlp/testing/sample-spans';
import { ingestConfig } from '../../ingest.config';
import { RedactStage } from './redact-stage';

/** What must not stay, one for each rule. */
const BAD: Attributes = {
  'gen_ai.prompt': 'CONTENT',
  'user.email': 'IDENTITY@example.com',
  'db.password': 'CREDENTIAL',
  note: 'key sk-ant-api03-SECRETSECRETSECRET',
  'card.number': 'card 1234-5678',
  'customer.name': 'DROPPED',
  'bank.iban': 'MASKED',
  deep: { list: ['x', { 'gen_ai.completion': 'CONTENT', note: 'password=SECRETSECRET' }] },
  plain: 'stays',
};
const LEFT = /CONTENT|IDENTITY|CREDENTIAL|SECRETSECRET|1234-5678|DROPPED|MASKED/;
const RULES = [
  'content',
  'identity',
  'credential',
  'anthropic-key',
  'assigned-secret',
  'mask-pattern',
  'drop-key',
  'mask-key',
];

const [sample] = sampleSpans(1);
if (sample === undefined) throw new Error('no sample');
const span: Span = { ...sample, attributes: {}, resource: { attributes: {}, schemaUrl: '' } };
const scope = { ...span.scope, attributes: BAD };
const resource = { attributes: BAD, schemaUrl: '' };
const record: LogRecord = {
  timeUnixNano: 1n,
  observedUnixNano: 1n,
  severityNumber: 9,
  severityText: '',
  eventName: '',
  body: null,
  attributes: {},
  traceId: '',
  spanId: '',
  flags: 0,
  resource: span.resource,
  scope: span.scope,
};
const context = {
  at: 7,
  transport: 'http' as const,
  emitSpans: () => undefined,
  emitSamples: () => undefined,
  emitDurable: () => undefined,
};
const head = { attributes: {}, startUnixNano: 0n, timeUnixNano: 1n, flags: 0 };
const exemplars = [{ timeUnixNano: 1n, value: 1, traceId: '', spanId: '', attributes: BAD }];
const buckets = { count: 1, sum: 1, min: undefined, max: undefined };
const noBuckets = { offset: 0, bucketCounts: [] };
const exponential = { ...buckets, scale: 0, zeroCount: 0, zeroThreshold: 0, positive: noBuckets, negative: noBuckets };

function metricOf(data: MetricPoints, more: Partial<ResourceMetrics> = {}): ResourceMetrics {
  const metrics = [{ name: 'm', description: '', unit: '', data }];
  return { resource: span.resource, scopes: [{ scope: span.scope, metrics }], ...more };
}

/** A metric of each kind with something at a point, and with something at its exemplar. */
const KINDS: Readonly<Record<string, (attributes: Attributes, more: typeof exemplars) => MetricPoints>> = {
  gauge: (attributes, more) => ({ kind: 'gauge', points: [{ ...head, attributes, value: 1, exemplars: more }] }),
  sum: (attributes, more) => ({
    kind: 'sum',
    temporality: 'delta',
    monotonic: true,
    points: [{ ...head, attributes, value: 1, exemplars: more }],
  }),
  histogram: (attributes, more) => ({
    kind: 'histogram',
    temporality: 'delta',
    points: [{ ...head, ...buckets, attributes, bucketCounts: [1], explicitBounds: [], exemplars: more }],
  }),
  'exponential histogram': (attributes, more) => ({
    kind: 'exponentialHistogram',
    temporality: 'delta',
    points: [{ ...head, ...exponential, attributes, exemplars: more }],
  }),
};

type Position = readonly [name: string, run: (stage: RedactStage) => unknown];

const POSITIONS: readonly Position[] = [
  ['span attributes', (stage) => stage.traces([{ ...span, attributes: BAD }], context)],
  ['a span resource', (stage) => stage.traces([{ ...span, resource }], context)],
  ['a span scope', (stage) => stage.traces([{ ...span, scope }], context)],
  [
    'span events',
    (stage) => {
      const event = { timeUnixNano: 1n, name: 'e', attributes: BAD, droppedAttributesCount: 0 };
      return stage.traces([{ ...span, events: [event] }], context);
    },
  ],
  [
    'span links',
    (stage) => {
      const link = { traceId: '', spanId: '', traceState: '', attributes: BAD, droppedAttributesCount: 0, flags: 0 };
      return stage.traces([{ ...span, links: [link] }], context);
    },
  ],
  ['log attributes', (stage) => stage.logs([{ ...record, attributes: BAD }], context)],
  ['a log body that is a map', (stage) => stage.logs([{ ...record, body: BAD }], context)],
  ['a log body that is a list of maps', (stage) => stage.logs([{ ...record, body: [BAD] }], context)],
  ['a log resource', (stage) => stage.logs([{ ...record, resource }], context)],
  ['a log scope', (stage) => stage.logs([{ ...record, scope }], context)],
  ['a metric resource', (stage) => stage.metrics([metricOf({ kind: 'none' }, { resource })], 7)],
  ['a metric scope', (stage) => stage.metrics([metricOf({ kind: 'none' }, { scopes: [{ scope, metrics: [] }] })], 7)],
  [
    'a summary point',
    (stage) =>
      stage.metrics(
        [metricOf({ kind: 'summary', points: [{ ...head, attributes: BAD, count: 1, sum: 1, quantiles: [] }] })],
        7,
      ),
  ],
  ...Object.entries(KINDS).flatMap(([kind, make]): Position[] => [
    [`a ${kind} point`, (stage) => stage.metrics([metricOf(make(BAD, []))], 7)],
    [`a ${kind} exemplar`, (stage) => stage.metrics([metricOf(make({}, exemplars))], 7)],
  ]),
];

test.each(POSITIONS)('%s: every rule acts, what no rule names stays, and the audit tells', async (_name, run) => {
  const redaction = { dropKeys: ['customer.*'], maskKeys: ['*.iban'], maskPatterns: ['\\d{4}-\\d{4}'] };
  const stage = new RedactStage(ingestConfig.parse({ redaction }).redaction, noTelemetry);
  const text = JSON.stringify(await run(stage), (_key, value: unknown) => (typeof value === 'bigint' ? '' : value));
  expect(text).not.toMatch(LEFT);
  expect(text).toContain('"plain":"stays"');
  expect(text).toMatch(/"user.email":"user-[0-9a-f]{12}"/);
  const audit = stage.audit();
  expect(audit.map(({ rule }) => rule).sort()).toEqual([...RULES].sort());
  expect(JSON.stringify(audit)).not.toMatch(LEFT);
  expect(audit.every(({ count, lastAt, exampleKey }) => count > 0 && lastAt === 7 && exampleKey !== '')).toBe(true);
});
