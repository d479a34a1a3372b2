import { join } from 'node:path';
import { startWorker } from '../base/worker';
import type { WorkerClient } from '../base/worker';
import { jsonToProtobuf, OtlpDecodeError } from '../otlp';
import type { MessageName, OtlpPosition } from '../otlp';

/** What the JSON worker answers. */
export type JsonProtocol = {
  readonly toProtobuf: {
    readonly argument: { readonly body: Uint8Array; readonly message: MessageName };
    readonly result: Uint8Array<ArrayBuffer> | { readonly problem: string; readonly position: OtlpPosition };
  };
};

/** JSON text up to so many bytes is read where it arrives: a few milliseconds. */
const SMALL_BYTES = 128 * 1024;
/** Bytes copied for the thread at a stretch: a millisecond or less. */
const COPY_BYTES = 1_048_576;

/** OTLP/JSON as protobuf; large texts in a thread of their own, which is started by the first of them. */
export class JsonConverter {
  private worker: WorkerClient<JsonProtocol> | undefined;

  /** @param pause waited for between two parts of a large body. */
  constructor(private readonly pause: () => Promise<void>) {}

  /** @throws OtlpDecodeError with the JSON path. */
  async toProtobuf(body: Uint8Array, message: MessageName): Promise<Uint8Array<ArrayBuffer>> {
    if (body.byteLength <= SMALL_BYTES) return jsonToProtobuf(body, message);
    const copy = await this.copyOf(body);
    const worker = (this.worker ??= startWorker<JsonProtocol>(join(__dirname, 'json-worker'), null));
    try {
      const result = await worker.call('toProtobuf', { body: copy, message }, { transfer: [copy.buffer] });
      if (result instanceof Uint8Array) return result;
      throw new OtlpDecodeError(result.problem, result.position);
    } catch (error) {
      // A thread that ended is not asked again; what it answered is its last word on this request only.
      if (!(error instanceof OtlpDecodeError) && this.worker === worker) this.worker = undefined;
      throw error;
    }
  }

  /** The thread gets bytes of its own: the body stays the caller's, and a message's own copying would be done at once. */
  private async copyOf(body: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const copy = new Uint8Array(body.byteLength);
    for (let at = 0; at < body.byteLength; at += COPY_BYTES) {
      if (at > 0) await this.pause();
      copy.set(body.subarray(at, at + COPY_BYTES), at);
    }
    return copy;
  }

  async stop(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    await worker?.terminate();
  }
}
