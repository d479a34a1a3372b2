import type { InstrumentationScope, Resource } from '../domain/resource';
import { SPAN_KINDS, SPAN_STATUSES } from '../domain/span';
import type { Span, SpanEvent, SpanLink, SpanStatusCode } from '../domain/span';
import { AttributeBuilder, readKeyValue, writeAttributes } from './attributes';
import { writeEnvelope } from './envelope';
import { WireReader } from './wire/reader';
import { WireWriter } from './wire/writer';

/** Reads a Span whose body is the range. @param only keys of its own attributes that are wanted; all without. */
export function readSpan(
  buffer: Buffer,
  start: number,
  end: number,
  resource: Resource,
  scope: InstrumentationScope,
  only?: ReadonlySet<string>,
): Span {
  const reader = new WireReader(buffer, start, end);
  const attributes = new AttributeBuilder(only);
  const events: SpanEvent[] = [];
  const links: SpanLink[] = [];
  let traceId = '';
  let spanId = '';
  let parentSpanId = '';
  let traceState = '';
  let name = '';
  let kind = 0;
  let startUnixNano = 0n;
  let endUnixNano = 0n;
  let status: Span['status'] = UNSET;
  let flags = 0;
  let droppedAttributesCount = 0;
  let droppedEventsCount = 0;
  let droppedLinksCount = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        traceId = readHex(reader);
        break;
      case 0x12:
        spanId = readHex(reader);
        break;
      case 0x1a:
        traceState = reader.string();
        break;
      case 0x22:
        parentSpanId = readHex(reader);
        break;
      case 0x2a:
        name = reader.string();
        break;
      case 0x30:
        kind = reader.int32();
        break;
      case 0x39:
        startUnixNano = reader.fixed64Big();
        break;
      case 0x41:
        endUnixNano = reader.fixed64Big();
        break;
      case 0x4a:
        readKeyValue(reader, attributes);
        break;
      case 0x50:
        droppedAttributesCount = reader.uint32();
        break;
      case 0x5a:
        events.push(readEvent(reader));
        break;
      case 0x60:
        droppedEventsCount = reader.uint32();
        break;
      case 0x6a:
        links.push(readLink(reader));
        break;
      case 0x70:
        droppedLinksCount = reader.uint32();
        break;
      case 0x7a:
        status = readStatus(reader);
        break;
      case 0x85:
        flags = reader.fixed32();
        break;
      default:
        reader.skip(tag);
    }
  }
  return {
    traceId,
    spanId,
    parentSpanId: /^0*$/.test(parentSpanId) ? '' : parentSpanId,
    traceState,
    flags,
    name,
    kind: SPAN_KINDS[kind] ?? 'unspecified',
    startUnixNano,
    endUnixNano,
    attributes: attributes.attributes,
    events,
    links,
    status,
    droppedAttributesCount,
    droppedEventsCount,
    droppedLinksCount,
    resource,
    scope,
  };
}

/** Spans as an ExportTraceServiceRequest. */
export function encodeTraces(spans: readonly Span[]): Uint8Array<ArrayBuffer> {
  const writer = new WireWriter(Math.max(4096, spans.length * 256));
  writeEnvelope(writer, spans, (span) => {
    const at = writer.begin(2);
    writeSpanBody(writer, span);
    writer.end(at);
  });
  return writer.finish();
}

/** Writes the fields of one span. */
export function writeSpanBody(writer: WireWriter, span: Span): void {
  writer.hex(1, span.traceId);
  writer.hex(2, span.spanId);
  if (span.traceState !== '') writer.string(3, span.traceState);
  if (span.parentSpanId !== '') writer.hex(4, span.parentSpanId);
  writer.string(5, span.name);
  writer.uint32(6, SPAN_KINDS.indexOf(span.kind));
  writer.fixed64(7, span.startUnixNano);
  writer.fixed64(8, span.endUnixNano);
  writeAttributes(writer, 9, span.attributes);
  if (span.droppedAttributesCount > 0) writer.uint32(10, span.droppedAttributesCount);
  for (const event of span.events) writeEvent(writer, event);
  if (span.droppedEventsCount > 0) writer.uint32(12, span.droppedEventsCount);
  for (const link of span.links) writeLink(writer, link);
  if (span.droppedLinksCount > 0) writer.uint32(14, span.droppedLinksCount);
  if (span.status.code !== 'unset' || span.status.message !== '') {
    const at = writer.begin(15);
    if (span.status.message !== '') writer.string(2, span.status.message);
    writer.uint32(3, SPAN_STATUSES.indexOf(span.status.code));
    writer.end(at);
  }
  if (span.flags !== 0) writer.fixed32(16, span.flags);
}

/** The status most spans have. */
const UNSET: Span['status'] = { code: 'unset', message: '' };

/** The bytes that follow, as lowercase hex. */
export function readHex(reader: WireReader): string {
  const length = reader.length();
  const start = reader.pos;
  reader.pos = start + length;
  return reader.buffer.toString('hex', start, start + length);
}

function readStatus(reader: WireReader): Span['status'] {
  const outer = reader.enter();
  let message = '';
  let code: SpanStatusCode = 'unset';
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x12) message = reader.string();
    else if (tag === 0x18) code = SPAN_STATUSES[reader.int32()] ?? 'unset';
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { code, message };
}

function readEvent(reader: WireReader): SpanEvent {
  const outer = reader.enter();
  const attributes = new AttributeBuilder();
  let timeUnixNano = 0n;
  let name = '';
  let droppedAttributesCount = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x09) timeUnixNano = reader.fixed64Big();
    else if (tag === 0x12) name = reader.string();
    else if (tag === 0x1a) readKeyValue(reader, attributes);
    else if (tag === 0x20) droppedAttributesCount = reader.uint32();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { timeUnixNano, name, attributes: attributes.attributes, droppedAttributesCount };
}

function readLink(reader: WireReader): SpanLink {
  const outer = reader.enter();
  const attributes = new AttributeBuilder();
  let traceId = '';
  let spanId = '';
  let traceState = '';
  let droppedAttributesCount = 0;
  let flags = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) traceId = readHex(reader);
    else if (tag === 0x12) spanId = readHex(reader);
    else if (tag === 0x1a) traceState = reader.string();
    else if (tag === 0x22) readKeyValue(reader, attributes);
    else if (tag === 0x28) droppedAttributesCount = reader.uint32();
    else if (tag === 0x35) flags = reader.fixed32();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { traceId, spanId, traceState, attributes: attributes.attributes, droppedAttributesCount, flags };
}

function writeEvent(writer: WireWriter, event: SpanEvent): void {
  const at = writer.begin(11);
  writer.fixed64(1, event.timeUnixNano);
  writer.string(2, event.name);
  writeAttributes(writer, 3, event.attributes);
  if (event.droppedAttributesCount > 0) writer.uint32(4, event.droppedAttributesCount);
  writer.end(at);
}

function writeLink(writer: WireWriter, link: SpanLink): void {
  const at = writer.begin(13);
  writer.hex(1, link.traceId);
  writer.hex(2, link.spanId);
  if (link.traceState !== '') writer.string(3, link.traceState);
  writeAttributes(writer, 4, link.attributes);
  if (link.droppedAttributesCount > 0) writer.uint32(5, link.droppedAttributesCount);
  if (link.flags !== 0) writer.fixed32(6, link.flags);
  writer.end(at);
}
