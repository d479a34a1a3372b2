import { CodedError, OverloadedError } from '../../base/errors';
import { OtlpDecodeError } from '../../otlp';
import { IngestRefusedError } from '../errors';

/** google.rpc.Code, as far as we answer with it. */
export const RPC_CODE = {
  invalidArgument: 3,
  notFound: 5,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** What a failed request is answered with. */
export interface Failure {
  readonly status: number;
  readonly rpcCode: number;
  readonly message: string;
  /** Seconds after which trying again makes sense; absent when it never does. */
  readonly retryAfter?: number;
  /** Whether it is our fault, and so to be logged. */
  readonly ours: boolean;
}

const RPC_OF_STATUS: Readonly<Record<number, number>> = {
  401: RPC_CODE.unauthenticated,
  404: RPC_CODE.notFound,
  405: RPC_CODE.unimplemented,
  413: RPC_CODE.resourceExhausted,
};

/** The answer to whatever a request's handling threw. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof IngestRefusedError) {
    const rpcCode = RPC_OF_STATUS[thrown.status] ?? RPC_CODE.invalidArgument;
    return { status: thrown.status, rpcCode, message: thrown.message, ours: false };
  }
  if (thrown instanceof OtlpDecodeError) {
    return {
      status: 400,
      rpcCode: RPC_CODE.invalidArgument,
      message: `not a valid OTLP request: ${thrown.message}`,
      ours: false,
    };
  }
  if (thrown instanceof OverloadedError) {
    const retryAfter = Math.max(1, Math.ceil(thrown.retryAfter / 1000));
    return { status: 429, rpcCode: RPC_CODE.resourceExhausted, message: thrown.message, retryAfter, ours: false };
  }
  if (thrown instanceof CodedError && thrown.code === 'STORE_UNAVAILABLE') {
    return {
      status: 503,
      rpcCode: RPC_CODE.unavailable,
      message: 'the store cannot take it now',
      retryAfter: 5,
      ours: true,
    };
  }
  return { status: 500, rpcCode: RPC_CODE.internal, message: `internal fault: ${codeOf(thrown)}`, ours: true };
}

/** The code alone: the text of an unexpected fault may hold what was sent. */
function codeOf(thrown: unknown): string {
  return thrown instanceof CodedError ? thrown.code : 'INTERNAL';
}
