import fc from 'fast-check';
import { silentLogger } from '../../../base/logger';
import { noTelemetry } from '../../../base/telemetry';
import type { NativeHistogram } from '../../../domain/histogram';
import { Labels } from '../../../domain/labels';
import type { MetricMetadata } from '../../../domain/sample';
import type { AppendOutcome, IncomingSample, SeriesWriter } from '../../../storage';
import { RemoteWriteDecodeError } from '../errors';
import { decodeRemoteWrite } from './decode';
import { encodeRemoteWrite, REMOTE_WRITE_CONTENT_TYPES } from './encode';
import { RemoteWriteReceiver } from './receiver';
import { snappyCompress, snappyDecompress } from './snappy';

const histogram: NativeHistogram = {
  schema: 2,
  zeroThreshold: 0.001,
  zeroCount: 1,
  count: 9,
  sum: 12.5,
  positiveSpans: [{ offset: -2, length: 2 }],
  positiveBuckets: [3, 0],
  negativeSpans: [{ offset: 1, length: 1 }],
  negativeBuckets: [5],
  customValues: [],
  counterResetHint: 'gauge',
};
const labels = Labels.of({ __name__: 'm', a: 'b' });
const samples: IncomingSample[] = [
  { labels, t: 1000, value: 1.5, exemplar: { labels: Labels.of({ trace_id: 'x' }), value: 1, t: 999 } },
  { labels, t: 2000, value: NaN, stale: true },
  { labels, t: 2500, value: 0 },
  { labels: Labels.of({ __name__: 'h' }), t: -5, value: NaN, histogram },
];
const metadata = new Map<string, MetricMetadata>([['m', { type: 'counter', help: 'what it is', unit: 'seconds' }]]);

const plain = ({ labels: of, exemplar, ...rest }: IncomingSample): unknown => ({
  ...rest,
  labels: of.toString(),
  exemplar: exemplar && { ...exemplar, labels: exemplar.labels.toString() },
});

describe.each(['1.0', '2.0'] as const)('remote write %s', (version) => {
  test('decode of encode is the identity', () => {
    const read = decodeRemoteWrite(encodeRemoteWrite(samples, metadata, version), version);
    expect(read.samples.map(plain)).toEqual(samples.map(plain));
    expect(read.metadata).toEqual(metadata);
  });

  test('histograms of fractions and of long bounds come back as they were too', () => {
    const custom = {
      ...histogram,
      schema: -53,
      customValues: [0, 0.5],
      zeroCount: 0,
      negativeSpans: [],
      negativeBuckets: [],
    };
    const fractions = { ...histogram, count: 9.5, positiveBuckets: [3.5, 0], zeroCount: 0 };
    const large = { ...histogram, count: 2 ** 52 + 6, positiveBuckets: [2 ** 52, 0] };
    const all = [custom, fractions, large].map((own) => ({ labels, t: 1_780_000_000_000, value: NaN, histogram: own }));
    const read = decodeRemoteWrite(encodeRemoteWrite(all, new Map(), version), version);
    expect(read.samples.map(plain)).toEqual(all.map(plain));
  });

  test('any bytes are read or refused, never worse', () => {
    const whole = encodeRemoteWrite(samples, metadata, version);
    const mutated = fc
      .array(fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) }), { minLength: 1, maxLength: 8 })
      .map((changes) => {
        const bytes = Uint8Array.from(whole);
        for (const { at, byte } of changes) bytes[at] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        try {
          decodeRemoteWrite(bytes, version);
        } catch (error) {
          expect(error).toBeInstanceOf(RemoteWriteDecodeError);
        }
      }),
      { numRuns: 1000, seed: 7 },
    );
  });
});

test('snappy: decompress of compress is the identity; other bytes are refused', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 2000 }),
        fc.string({ maxLength: 50 }).map((s) => Buffer.from(s.repeat(40))),
      ),
      (bytes) => {
        expect(snappyDecompress(snappyCompress(bytes), 1e6).equals(Buffer.from(bytes))).toBe(true);
      },
    ),
    { numRuns: 150, seed: 3 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        snappyDecompress(bytes, 1e6);
      } catch (error) {
        expect(error).toBeInstanceOf(RemoteWriteDecodeError);
      }
    }),
    { numRuns: 2000, seed: 4 },
  );
  expect(() => snappyDecompress(snappyCompress(new Uint8Array(2000)), 1000)).toThrow('at most 1000');
});

describe('the receiver', () => {
  const outcome = (changes: Partial<AppendOutcome> = {}): AppendOutcome => ({
    appended: 4,
    refused: {},
    examples: {},
    ...changes,
  });
  const receiver = (answer: AppendOutcome): RemoteWriteReceiver => {
    const seriesStore: SeriesWriter = { append: () => Promise.resolve(answer), describe: () => undefined };
    return new RemoteWriteReceiver({ seriesStore, telemetry: noTelemetry, logger: silentLogger });
  };

  test.each([
    { name: '1.0', version: '1.0' as const, headers: {} },
    {
      name: '2.0',
      version: '2.0' as const,
      headers: {
        'x-prometheus-remote-write-samples-written': '3',
        'x-prometheus-remote-write-histograms-written': '1',
        'x-prometheus-remote-write-exemplars-written': '1',
      },
    },
  ])('takes $name', async ({ version, headers }) => {
    const body = snappyCompress(encodeRemoteWrite(samples, metadata, version));
    expect(await receiver(outcome()).receive(REMOTE_WRITE_CONTENT_TYPES[version], 'snappy', body)).toEqual({
      status: 204,
      headers,
      text: '',
    });
  });

  test('says what was refused, and what it cannot read', async () => {
    const body = snappyCompress(encodeRemoteWrite(samples, metadata, '1.0'));
    const refusing = receiver(outcome({ appended: 3, refused: { too_old: 1 }, examples: { too_old: 'm at 5' } }));
    expect(await refusing.receive('application/x-protobuf', 'snappy', body)).toEqual({
      status: 400,
      headers: {},
      text: 'refused: 1 too old; for example m at 5',
    });
    expect((await refusing.receive('application/json', 'snappy', body)).status).toBe(415);
    expect(
      (await refusing.receive('application/x-protobuf;proto=io.prometheus.write.v3.Request', 'snappy', body)).status,
    ).toBe(415);
    expect((await refusing.receive('application/x-protobuf', 'gzip', body)).status).toBe(415);
    expect((await refusing.receive('application/x-protobuf', 'snappy', Buffer.from('nonsense'))).status).toBe(400);
  });
});
