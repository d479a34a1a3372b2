import type { Request } from 'express';
import type { PostedAlert, SilenceRequest } from '../../alerting';
import { parseMatchers, readRecurrence } from '../../alerting';
import { BadInputError, CodedError, messageOf } from '../../base/errors';
import { Labels } from '../../domain/labels';
import { Matcher } from '../../domain/matcher';
import { anchoredRegex } from '../../domain/regex';
import type { AlertFilter } from '../../alerting';

const MAX_BODY = 64 * 1024 * 1024;

/** A body or parameter is not of the API's shape; answered as go-swagger does. */
export class InvalidShapeError extends CodedError {
  readonly code = 'INVALID_SHAPE';

  /** @param swaggerCode go-swagger's own code: 601 type, 602 required, 400 unreadable. */
  constructor(
    message: string,
    readonly status: 400 | 422,
    readonly swaggerCode: number,
  ) {
    super(message);
  }
}

/** The body as JSON, whether a parser has read it already or not. */
export async function jsonBody(request: Request): Promise<unknown> {
  const parsed: unknown = request.body;
  if (Buffer.isBuffer(parsed)) return parseJson(parsed.toString('utf8'));
  if (typeof parsed === 'string') return parseJson(parsed);
  if (parsed !== undefined && request.readableEnded) return parsed;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > MAX_BODY) throw new InvalidShapeError('the body is larger than 64 MB', 400, 400);
    chunks.push(bytes);
  }
  return chunks.length === 0 && parsed !== undefined ? parsed : parseJson(Buffer.concat(chunks).toString('utf8'));
}

/** Reads the alerts of a POST. @throws InvalidShapeError */
export function readAlerts(body: unknown): PostedAlert[] {
  if (!Array.isArray(body)) throw new InvalidShapeError('alerts in body must be of type array', 422, 601);
  return body.map((item: unknown, index) => {
    const record = recordOf(item, `${index}`);
    const labels = textMap(record['labels'], `${index}.labels`);
    if (labels === undefined) throw required(`${index}.labels`);
    const generatorUrl = record['generatorURL'];
    return {
      labels: Labels.of(labels),
      annotations: withoutEmpty(textMap(record['annotations'], `${index}.annotations`) ?? {}),
      startsAt: optionalTime(record['startsAt'], `${index}.startsAt`),
      endsAt: optionalTime(record['endsAt'], `${index}.endsAt`),
      generatorUrl: typeof generatorUrl === 'string' ? generatorUrl : '',
    };
  });
}

/** Reads the silence of a POST. @throws InvalidShapeError @throws BadInputError */
export function readSilence(body: unknown): SilenceRequest {
  const record = recordOf(body, 'silence');
  const { matchers, startsAt, endsAt, createdBy, comment, id, recurrence } = record;
  for (const [name, value] of Object.entries({ comment, createdBy, endsAt, matchers, startsAt })) {
    if (value === undefined || value === null) throw required(`silence.${name}`);
  }
  if (!Array.isArray(matchers)) throw new InvalidShapeError('silence.matchers in body must be of type array', 422, 601);
  const start = optionalTime(startsAt, 'silence.startsAt');
  const end = optionalTime(endsAt, 'silence.endsAt');
  if (start === undefined || end === undefined) throw new BadInputError('invalid zero start or end timestamp');
  return {
    ...(typeof id === 'string' && id !== '' ? { id } : {}),
    matchers: matchers.map(readMatcher),
    startsAt: start,
    endsAt: end,
    createdBy: String(createdBy),
    comment: String(comment),
    annotations: textMap(record['annotations'], 'silence.annotations') ?? {},
    ...(recurrence === undefined || recurrence === null ? {} : { recurrence: readRecurrence(recurrence) }),
  };
}

/** Reads the filters of `/alerts` and `/alerts/groups`. @throws BadInputError */
export function readFilter(query: Readonly<Record<string, unknown>>): AlertFilter {
  const flag = (name: string): boolean => {
    const text = query[name];
    if (text === undefined) return true;
    if (text === 'true' || text === '1' || text === 't' || text === 'TRUE' || text === 'True') return true;
    if (text === 'false' || text === '0' || text === 'f' || text === 'FALSE' || text === 'False') return false;
    throw new InvalidShapeError(`${name} in query must be of type boolean: ${JSON.stringify(text)}`, 422, 601);
  };
  const receiver = query['receiver'];
  return {
    matchers: readMatchers(query),
    active: flag('active'),
    silenced: flag('silenced'),
    inhibited: flag('inhibited'),
    unprocessed: flag('unprocessed'),
    muted: flag('muted'),
    ...(typeof receiver === 'string' && receiver !== '' ? { receiver: receiverTest(receiver) } : {}),
  };
}

/** The `filter` parameters. @throws BadInputError */
export function readMatchers(query: Readonly<Record<string, unknown>>): Matcher[] {
  const given = query['filter'];
  const texts: unknown[] = given === undefined ? [] : Array.isArray(given) ? given : [given];
  try {
    return texts.flatMap((text) => parseMatchers(String(text)));
  } catch (error) {
    throw new BadInputError(messageOf(error), { cause: error });
  }
}

function receiverTest(pattern: string): (name: string) => boolean {
  try {
    return anchoredRegex(pattern);
  } catch (error) {
    throw new BadInputError(`failed to parse receiver param: ${pattern}`, { cause: error });
  }
}

function readMatcher(item: unknown, index: number): Matcher {
  const record = recordOf(item, `silence.matchers.${index}`);
  const { name, value, isRegex, isEqual } = record;
  if (typeof name !== 'string') throw required(`silence.matchers.${index}.name`);
  if (typeof value !== 'string') throw required(`silence.matchers.${index}.value`);
  if (typeof isRegex !== 'boolean') throw required(`silence.matchers.${index}.isRegex`);
  const negative = isEqual === false;
  try {
    return new Matcher(name, isRegex ? (negative ? '!~' : '=~') : negative ? '!=' : '=', value);
  } catch (error) {
    throw new BadInputError(messageOf(error), { cause: error });
  }
}

function optionalTime(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const at = typeof value === 'string' ? Date.parse(value) : NaN;
  if (Number.isNaN(at))
    throw new InvalidShapeError(`${name} in body must be of type date-time: ${JSON.stringify(value)}`, 422, 601);
  // Go's zero time stands for "none".
  return at <= -62_135_596_800_000 ? undefined : at;
}

function recordOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidShapeError(`${name} in body must be of type object`, 422, 601);
  }
  return Object.fromEntries(Object.entries(value));
}

function textMap(value: unknown, name: string): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  const record = recordOf(value, name);
  const texts: Record<string, string> = {};
  for (const [key, text] of Object.entries(record)) {
    if (typeof text !== 'string')
      throw new InvalidShapeError(`${name}.${key} in body must be of type string`, 422, 601);
    if (key === '') throw new BadInputError('invalid label set: empty label name');
    texts[key] = text;
  }
  return texts;
}

function withoutEmpty(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== ''));
}

function required(name: string): InvalidShapeError {
  return new InvalidShapeError(`${name} in body is required`, 422, 602);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidShapeError(`parsing body failed: ${messageOf(error)}`, 400, 400);
  }
}
