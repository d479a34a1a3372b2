import { WireReader } from './wire/reader';
import { WireWriter } from './wire/writer';

/** The three signals. */
export const SIGNALS = ['traces', 'metrics', 'logs'] as const;
export type Signal = (typeof SIGNALS)[number];

/** What was not taken of an accepted request; zero and no message when all was. */
export interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}

/** Everything was taken. */
export const FULL_SUCCESS: PartialSuccess = { rejected: 0, message: '' };

const REJECTED_NAME: Readonly<Record<Signal, string>> = {
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
  logs: 'rejectedLogRecords',
};

/** An Export…ServiceResponse in protobuf. */
export function encodeResponse({ rejected, message }: PartialSuccess): Uint8Array<ArrayBuffer> {
  const writer = new WireWriter(64);
  if (rejected > 0 || message !== '') {
    const at = writer.begin(1);
    if (rejected > 0) writer.int64(1, rejected);
    if (message !== '') writer.string(2, message);
    writer.end(at);
  }
  return writer.finish();
}

/** Reads an Export…ServiceResponse. */
export function decodeResponse(bytes: Uint8Array): PartialSuccess {
  const reader = new WireReader(bytes);
  let rejected = 0;
  let message = '';
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag !== 0x0a) {
      reader.skip(tag);
      continue;
    }
    const outer = reader.enter();
    while (reader.pos < reader.end) {
      const inner = reader.tag();
      if (inner === 0x08) rejected = Number(reader.int64());
      else if (inner === 0x12) message = reader.string();
      else reader.skip(inner);
    }
    reader.leave(outer);
  }
  return { rejected, message };
}

/** An Export…ServiceResponse in JSON. */
export function responseToJson(signal: Signal, { rejected, message }: PartialSuccess): Record<string, unknown> {
  if (rejected === 0 && message === '') return {};
  return {
    partialSuccess: {
      ...(rejected > 0 ? { [REJECTED_NAME[signal]]: String(rejected) } : {}),
      ...(message === '' ? {} : { errorMessage: message }),
    },
  };
}

/** A google.rpc.Status in protobuf: the body of every failed OTLP/HTTP request. */
export function encodeStatus(code: number, message: string): Uint8Array<ArrayBuffer> {
  const writer = new WireWriter(128);
  if (code !== 0) writer.int32(1, code);
  if (message !== '') writer.string(2, message);
  return writer.finish();
}

/** Reads a google.rpc.Status, without its details. */
export function decodeStatus(bytes: Uint8Array): { code: number; message: string } {
  const reader = new WireReader(bytes);
  let code = 0;
  let message = '';
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x08) code = reader.int32();
    else if (tag === 0x12) message = reader.string();
    else reader.skip(tag);
  }
  return { code, message };
}
