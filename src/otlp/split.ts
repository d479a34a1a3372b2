import { MAX_ENVELOPE_BYTES, WireReader } from './wire/reader';
import { WireWriter } from './wire/writer';

/** A part of the request's bytes. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** A message less its children: the bytes of its other fields, one behind the other. */
type Head = Uint8Array;

/** Tags of children, from the request down: resources, scopes, metrics, the kinds of data of a metric, data points. */
const RESOURCE: readonly number[] = [0x0a];
const CHILD: readonly number[] = [0x12];
const DATA: readonly number[] = [0x2a, 0x3a, 0x4a, 0x52, 0x5a];
const POINT: readonly number[] = [0x0a];

/** A data point larger than this is refused. */
const MAX_POINT_BYTES = 262_144;

/** Messages passed over before there is a pause. */
const PAUSE_AFTER = 4096;

/** What a generator gives where its user may let others work. */
export const PAUSE = Symbol('pause');

/**
 * Cuts an ExportMetricsServiceRequest into several of at most about `maxBytes`, each with its metrics' resource and scope.
 * A metric larger than that is cut between its data points.
 */
export class MetricsSplit {
  /** Data points left out because they were too large. */
  refused = 0;
  private readonly reader: WireReader;
  private passed = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly maxBytes: number,
  ) {
    this.reader = new WireReader(bytes);
  }

  /**
   * The requests, and `PAUSE` from time to time.
   * @throws OtlpDecodeError when the request is malformed around its data points, which are not looked into.
   */
  *parts(): Generator<Uint8Array<ArrayBuffer> | typeof PAUSE> {
    for (const resource of this.children({ start: 0, end: this.bytes.byteLength }, RESOURCE)) {
      if (resource === PAUSE) yield PAUSE;
      else yield* this.ofResource(resource);
    }
  }

  private *ofResource(resource: Range): Generator<Uint8Array<ArrayBuffer> | typeof PAUSE> {
    const head = yield* this.headOf(resource, CHILD);
    for (const scope of this.children(resource, CHILD)) {
      if (scope === PAUSE) yield PAUSE;
      else yield* this.ofScope([head, yield* this.headOf(scope, CHILD)], scope);
    }
  }

  private *ofScope(heads: readonly Head[], scope: Range): Generator<Uint8Array<ArrayBuffer> | typeof PAUSE> {
    const run = new Run(this.bytes, this.maxBytes, heads, [0x0a, 0x12], 0x12);
    for (const metric of this.children(scope, CHILD)) {
      if (metric === PAUSE) yield PAUSE;
      else if (metric.end - metric.start <= this.maxBytes) yield* run.add(metric);
      else {
        yield* run.flush();
        yield* this.ofMetric(heads, metric);
      }
    }
    yield* run.flush();
  }

  private *ofMetric(heads: readonly Head[], metric: Range): Generator<Uint8Array<ArrayBuffer> | typeof PAUSE> {
    const head = yield* this.headOf(metric, DATA);
    for (const data of this.children(metric, DATA)) {
      if (data === PAUSE) {
        yield PAUSE;
        continue;
      }
      const dataHead = yield* this.headOf(data, POINT);
      const run = new Run(this.bytes, this.maxBytes, [...heads, head, dataHead], [0x0a, 0x12, 0x12, data.tag], 0x0a);
      for (const point of this.children(data, POINT)) {
        if (point === PAUSE) yield PAUSE;
        else if (point.end - point.start > MAX_POINT_BYTES) this.refused++;
        else yield* run.add(point);
      }
      yield* run.flush();
    }
  }

  private *children(of: Range, tags: readonly number[]): Generator<(Range & { readonly tag: number }) | typeof PAUSE> {
    const { reader } = this;
    for (let pos = of.start; pos < of.end;) {
      if (++this.passed % PAUSE_AFTER === 0) yield PAUSE;
      reader.pos = pos;
      reader.end = of.end;
      const tag = reader.tag();
      if (!tags.includes(tag)) {
        reader.skip(tag);
        pos = reader.pos;
        continue;
      }
      const length = reader.length();
      const start = reader.pos;
      pos = start + length;
      yield { start, end: pos, tag };
    }
  }

  private *headOf(of: Range, tags: readonly number[]): Generator<typeof PAUSE, Head> {
    const { reader } = this;
    const fields: Uint8Array[] = [];
    let size = 0;
    for (let pos = of.start; pos < of.end; pos = reader.pos) {
      if (++this.passed % PAUSE_AFTER === 0) yield PAUSE;
      reader.pos = pos;
      reader.end = of.end;
      const tag = reader.tag();
      reader.skip(tag);
      if (tags.includes(tag)) continue;
      fields.push(this.bytes.subarray(pos, reader.pos));
      size += reader.pos - pos;
      if (size > MAX_ENVELOPE_BYTES)
        reader.fail(`more than ${MAX_ENVELOPE_BYTES} bytes around the data points of a resource, scope or metric`, pos);
    }
    return Buffer.concat(fields, size);
  }
}

/** Children of one message, gathered until there are enough for a request. */
class Run {
  private ranges: Range[] = [];
  private size = 0;
  private readonly enough: number;
  private readonly headBytes: number;

  /**
   * @param heads of the messages around the children, the outermost first.
   * @param tags of those messages.
   */
  constructor(
    private readonly bytes: Uint8Array,
    maxBytes: number,
    private readonly heads: readonly Head[],
    private readonly tags: readonly number[],
    private readonly childTag: number,
  ) {
    this.headBytes = heads.reduce((sum, head) => sum + head.byteLength, 0);
    // Heads are repeated in each part: where they are long, parts are too.
    this.enough = Math.max(maxBytes, this.headBytes * 2);
  }

  *add(range: Range): Generator<Uint8Array<ArrayBuffer>> {
    const length = range.end - range.start;
    if (this.size + length > this.enough) yield* this.flush();
    this.ranges.push(range);
    this.size += length;
  }

  *flush(): Generator<Uint8Array<ArrayBuffer>> {
    if (this.ranges.length === 0) return;
    const writer = new WireWriter(this.size + this.headBytes + this.ranges.length * 8 + 64);
    const opened = this.tags.map((tag, depth) => {
      const at = writer.begin(tag >>> 3);
      writer.raw(this.heads[depth] ?? new Uint8Array());
      return at;
    });
    for (const { start, end } of this.ranges) writer.bytes(this.childTag >>> 3, this.bytes.subarray(start, end));
    for (const at of opened.toReversed()) writer.end(at);
    this.ranges = [];
    this.size = 0;
    yield writer.finish();
  }
}
