import type { Labels } from '../../../domain/labels';
import type { MetricMetadata } from '../../../domain/sample';
import { STALE_BITS } from '../../../domain/staleness';
import { WireWriter } from '../../../otlp';
import type { IncomingSample } from '../../../storage';
import type { RemoteWriteVersion } from './decode';
import { writeHistogram } from './histogram';

/** The content types that say which message a request is. */
export const REMOTE_WRITE_CONTENT_TYPES: Readonly<Record<RemoteWriteVersion, string>> = {
  '1.0': 'application/x-protobuf',
  '2.0': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
};

const TYPES: readonly MetricMetadata['type'][] = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
];

/** A request with these samples, not yet compressed. */
export function encodeRemoteWrite(
  samples: readonly IncomingSample[],
  metadata: ReadonlyMap<string, MetricMetadata>,
  version: RemoteWriteVersion,
): Uint8Array {
  const bySeries = new Map<string, IncomingSample[]>();
  for (const sample of samples) {
    const list = bySeries.get(sample.labels.key);
    if (list) list.push(sample);
    else bySeries.set(sample.labels.key, [sample]);
  }
  return version === '1.0' ? encodeFirst(bySeries.values(), metadata) : encodeSecond(bySeries.values(), metadata);
}

function encodeFirst(
  all: Iterable<readonly IncomingSample[]>,
  metadata: ReadonlyMap<string, MetricMetadata>,
): Uint8Array {
  const out = new WireWriter();
  for (const samples of all) {
    const [first] = samples;
    if (first === undefined) continue;
    const series = out.begin(1);
    writePairs(out, first.labels);
    writeSamples(out, samples, 2, 4);
    for (const { exemplar } of samples) {
      if (exemplar === undefined) continue;
      const at = out.begin(3);
      writePairs(out, exemplar.labels);
      out.double(2, exemplar.value);
      out.int64(3, exemplar.t);
      out.end(at);
    }
    out.end(series);
  }
  for (const [name, { type, help, unit }] of metadata) {
    const at = out.begin(3);
    out.uint32(1, TYPES.indexOf(type));
    out.string(2, name);
    out.string(4, help);
    out.string(5, unit);
    out.end(at);
  }
  return out.finish();
}

function encodeSecond(
  all: Iterable<readonly IncomingSample[]>,
  metadata: ReadonlyMap<string, MetricMetadata>,
): Uint8Array {
  const symbols = new Map([['', 0]]);
  const ref = (text: string): number => {
    let index = symbols.get(text);
    if (index === undefined) symbols.set(text, (index = symbols.size));
    return index;
  };
  const body = new WireWriter();
  for (const samples of all) {
    const [first] = samples;
    if (first === undefined) continue;
    const series = body.begin(5);
    writeRefs(body, first.labels, ref);
    writeSamples(body, samples, 2, 3);
    for (const { exemplar } of samples) {
      if (exemplar === undefined) continue;
      const at = body.begin(4);
      writeRefs(body, exemplar.labels, ref);
      body.double(2, exemplar.value);
      body.int64(3, exemplar.t);
      body.end(at);
    }
    const known = metadata.get(first.labels.metricName);
    if (known) {
      const at = body.begin(5);
      body.uint32(1, TYPES.indexOf(known.type));
      body.uint32(3, ref(known.help));
      body.uint32(4, ref(known.unit));
      body.end(at);
    }
    body.end(series);
  }
  const out = new WireWriter();
  for (const symbol of symbols.keys()) {
    const at = out.begin(4);
    out.raw(Buffer.from(symbol));
    out.end(at);
  }
  out.raw(body.finish());
  return out.finish();
}

function writePairs(out: WireWriter, labels: Labels): void {
  for (const [name, value] of labels) {
    const at = out.begin(1);
    out.string(1, name);
    out.string(2, value);
    out.end(at);
  }
}

function writeRefs(out: WireWriter, labels: Labels, ref: (text: string) => number): void {
  const at = out.begin(1);
  for (const text of labels.flat) out.rawVarint(ref(text));
  out.end(at);
}

function writeSamples(
  out: WireWriter,
  samples: readonly IncomingSample[],
  field: number,
  histogramField: number,
): void {
  for (const { t, value, stale, histogram } of samples) {
    const at = out.begin(histogram ? histogramField : field);
    if (histogram) writeHistogram(out, histogram, t);
    else {
      if (stale) {
        out.rawVarint(0x09);
        out.rawFixed64(STALE_BITS);
      } else out.double(1, value);
      out.int64(2, t);
    }
    out.end(at);
  }
}
