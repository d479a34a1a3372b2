import { CodedError } from '../base/errors';

/** Where in a message something is wrong: a byte of protobuf, or a path in JSON. */
export type OtlpPosition = { readonly offset: number } | { readonly path: string };

/** The bytes are not the OTLP message they are said to be; the message names the place. */
export class OtlpDecodeError extends CodedError {
  readonly code = 'OTLP_DECODE';

  constructor(
    readonly problem: string,
    readonly position: OtlpPosition,
  ) {
    super('offset' in position ? `${problem} at byte ${position.offset}` : `${problem} at ${position.path}`);
  }
}
