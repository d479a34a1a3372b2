import { serveWorker } from '../base/worker';
import { jsonToProtobuf, OtlpDecodeError } from '../otlp';
import type { JsonProtocol } from './json-converter';

/** Runs inside the JSON worker: large requests in OTLP/JSON as protobuf. */
serveWorker<JsonProtocol>({
  turnSize: 1,
  transfer: (result) => (result instanceof Uint8Array && result.buffer instanceof ArrayBuffer ? [result.buffer] : []),
  handlers: {
    toProtobuf: ({ body, message }) => {
      try {
        return jsonToProtobuf(body, message);
      } catch (error) {
        if (error instanceof OtlpDecodeError) return { problem: error.problem, position: error.position };
        throw error;
      }
    },
  },
});
