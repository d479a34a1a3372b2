import type { EpochMillis } from '../../base/clock';
import { BadInputError, messageOf } from '../../base/errors';
import { Matcher } from '../../domain/matcher';
import type { MatchOperator } from '../../domain/matcher';
import { WireReader } from '../../otlp';

/** One question of a remote read: raw samples of the series that pass all matchers, both ends of the window included. */
export interface ReadQuery {
  readonly start: EpochMillis;
  readonly end: EpochMillis;
  readonly matchers: readonly Matcher[];
}

/** A remote read's request. */
export interface ReadRequest {
  readonly queries: readonly ReadQuery[];
  /** The numbers of the kinds of answer that are understood, the dearest first; empty for samples alone. */
  readonly accepts: readonly number[];
}

/** By the number of prometheus.LabelMatcher.Type. */
const OPERATORS: readonly MatchOperator[] = ['=', '!=', '=~', '!~'];

/**
 * Reads a prometheus.ReadRequest, already decompressed.
 * @throws BadInputError
 */
export function decodeReadRequest(bytes: Uint8Array): ReadRequest {
  try {
    const reader = new WireReader(bytes);
    const queries: ReadQuery[] = [];
    const accepts: number[] = [];
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      if (tag === 0x0a) queries.push(readQuery(reader));
      else if (tag === 0x10) accepts.push(reader.uint32());
      else if (tag === 0x12) {
        const outer = reader.enter();
        while (reader.pos < reader.end) accepts.push(reader.uint32());
        reader.leave(outer);
      } else reader.skip(tag);
    }
    return { queries, accepts };
  } catch (error) {
    throw new BadInputError(`the request is not a prometheus.ReadRequest: ${messageOf(error)}`, { cause: error });
  }
}

function readQuery(reader: WireReader): ReadQuery {
  const outer = reader.enter();
  let [start, end] = [0, 0];
  const matchers: Matcher[] = [];
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x08) start = Number(reader.int64());
    else if (tag === 0x10) end = Number(reader.int64());
    else if (tag === 0x1a) matchers.push(readMatcher(reader));
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { start, end, matchers };
}

function readMatcher(reader: WireReader): Matcher {
  const outer = reader.enter();
  let type = 0;
  let [name, value] = ['', ''];
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x08) type = reader.uint32();
    else if (tag === 0x12) name = reader.string();
    else if (tag === 0x1a) value = reader.string();
    else reader.skip(tag);
  }
  reader.leave(outer);
  const operator = OPERATORS[type];
  if (operator === undefined) throw new BadInputError(`a matcher of the unknown type ${type}`);
  return new Matcher(name, operator, value);
}
