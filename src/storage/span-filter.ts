import type { AttributeValue, Attributes } from '../domain/attributes';
import { attributeToText } from '../domain/attributes';
import { isDouble } from '../domain/doubles';
import { serviceNameOf } from '../domain/resource';
import { durationNano } from '../domain/span';
import type { Span, SpanEvent, SpanLink } from '../domain/span';
import { unanchoredRegex } from '../domain/unanchored-regex';
import type { SpanConstant, SpanFilter, SpanLevel, SpanOperand, SpanReference } from './ports/span-filter';

/** One value as it is compared. */
interface Value {
  readonly kind: 'string' | 'int' | 'double' | 'bool' | 'nanoseconds' | 'any';
  readonly text: string;
  /** NaN where the text is no number. */
  readonly number: number;
  /** A constant that says what it must have been stored as. */
  readonly isStrict?: boolean;
}

/** What a condition is asked of: a span, and within `some` one of its events or links. */
interface Subject {
  readonly span: Span;
  readonly event?: SpanEvent;
  readonly link?: SpanLink;
}

type Test = (subject: Subject) => boolean;
type Read = (subject: Subject) => readonly Value[];

/** The condition as a function. @throws RegexSyntaxError */
export function compileSpanFilter(filter: SpanFilter): (span: Span) => boolean {
  const test = compile(filter);
  return (span) => test({ span });
}

function compile(filter: SpanFilter): Test {
  switch (filter.op) {
    case 'and': {
      const tests = filter.args.map(compile);
      return (subject) => tests.every((test) => test(subject));
    }
    case 'or': {
      const tests = filter.args.map(compile);
      return (subject) => tests.some((test) => test(subject));
    }
    case 'not': {
      const test = compile(filter.arg);
      return (subject) => !test(subject);
    }
    case 'some': {
      const test = compile(filter.arg);
      return filter.level === 'event'
        ? ({ span, link }) =>
            span.events.some((event) => test({ span, event, ...(link === undefined ? {} : { link }) }))
        : ({ span, event }) =>
            span.links.some((link) => test({ span, link, ...(event === undefined ? {} : { event }) }));
    }
    case 'exists': {
      const read = readerOf(filter.left);
      return (subject) => read(subject).length > 0;
    }
    case 'in':
    case 'not_in': {
      const list = filter.list.map(constantValue);
      return oneOf(readerOf(filter.left), (value) => list.some((item) => equal(value, item)), filter.op === 'not_in');
    }
    case 'regex': {
      const { matches } = unanchoredRegex(filter.pattern);
      return oneOf(readerOf(filter.left), ({ kind, text: words }) => kind !== 'nanoseconds' && matches(words));
    }
    case 'contains': {
      const part = filter.words.join(' ').toLowerCase();
      return oneOf(readerOf(filter.left), (value) => value.text.toLowerCase().includes(part));
    }
    case 'phrase':
    case 'fulltext': {
      const words = filter.words.map((word) => word.toLowerCase());
      const has = filter.op === 'phrase' ? hasPhrase : hasAll;
      return oneOf(readerOf(filter.left), (value) => has(wordsOf(value.text), words));
    }
    default:
      return compileComparison(filter.op, filter.left, filter.right);
  }
}

function compileComparison(op: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte', left: SpanOperand, right: SpanOperand): Test {
  const [reads, others] = [operand(left), operand(right)];
  const holds = COMPARE[op];
  const negated = op === 'ne';
  return (subject) => {
    const values = reads(subject);
    const against = others(subject);
    if (values.length === 0 || against.length === 0) return false;
    return values.some((a) => against.some((b) => holds(a, b))) !== negated;
  };
}

const COMPARE: Readonly<Record<'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte', (a: Value, b: Value) => boolean>> = {
  eq: equal,
  ne: equal,
  gt: (a, b) => order(a, b) > 0,
  gte: (a, b) => order(a, b) >= 0,
  lt: (a, b) => order(a, b) < 0,
  lte: (a, b) => order(a, b) <= 0,
};

function oneOf(read: Read, fits: (value: Value) => boolean, negated = false): Test {
  return (subject) => {
    const values = read(subject);
    return values.length > 0 && values.some(fits) !== negated;
  };
}

function operand(of: SpanOperand): Read {
  if (!('constant' in of)) return readerOf(of);
  const values = [constantValue(of.constant)];
  return () => values;
}

function constantValue({ value, type }: SpanConstant): Value {
  const number = value.trim() === '' ? NaN : Number(value);
  return { kind: type ?? 'any', text: value, number, isStrict: type !== undefined };
}

function equal(a: Value, b: Value): boolean {
  if (a.kind === 'any' || b.kind === 'any') return a.text === b.text || (areNumbers(a, b) && a.number === b.number);
  if (!areNumbers(a, b)) return a.kind === b.kind && a.text === b.text;
  // The digits tell large integers apart that are one number.
  return a.number === b.number && (a.text === b.text || Number.isSafeInteger(a.number) || !Number.isInteger(a.number));
}

/** NaN where the two have no order. */
function order(a: Value, b: Value): number {
  if (a.kind === 'nanoseconds' && b.kind === 'nanoseconds') {
    const difference = BigInt(a.text) - BigInt(b.text);
    return difference > 0n ? 1 : difference < 0n ? -1 : 0;
  }
  if (areNumbers(a, b)) return a.number - b.number;
  const isText = ({ kind }: Value): boolean => kind === 'string' || kind === 'any';
  return isText(a) && isText(b) ? (a.text < b.text ? -1 : a.text > b.text ? 1 : 0) : NaN;
}

/** Whether the two compare as numbers: a constant without a type does where the other side is one. */
function areNumbers(a: Value, b: Value): boolean {
  if (Number.isNaN(a.number) || Number.isNaN(b.number)) return false;
  if ((a.isStrict === true || b.isStrict === true) && a.kind !== 'any' && b.kind !== 'any' && a.kind !== b.kind)
    return false;
  return (isNumeric(a) && (isNumeric(b) || b.kind === 'any')) || (a.kind === 'any' && isNumeric(b));
}

function isNumeric({ kind }: Value): boolean {
  return kind === 'int' || kind === 'double';
}

function readerOf(reference: SpanReference): Read {
  if ('field' in reference) {
    const read = FIELDS[reference.level]?.[reference.field];
    return read === undefined ? () => [] : read;
  }
  const { attribute, level } = reference;
  return (subject) =>
    placesOf(subject, level).flatMap((place) => {
      const value = Object.hasOwn(place, attribute) ? place[attribute] : undefined;
      return value === undefined ? [] : [attributeValue(place, attribute, value)];
    });
}

function placesOf({ span, event, link }: Subject, level: SpanLevel | undefined): Attributes[] {
  switch (level) {
    case undefined:
      return [span.attributes, span.resource.attributes];
    case 'span':
      return [span.attributes];
    case 'resource':
      return [span.resource.attributes];
    case 'scope':
      return [span.scope.attributes];
    case 'event':
      return (event === undefined ? span.events : [event]).map(({ attributes }) => attributes);
    case 'link':
      return (link === undefined ? span.links : [link]).map(({ attributes }) => attributes);
  }
}

function attributeValue(holder: Attributes, key: string, value: AttributeValue): Value {
  const words = attributeToText(value);
  switch (typeof value) {
    case 'number':
      return { kind: isDouble(holder, key, value) ? 'double' : 'int', text: words, number: value };
    case 'bigint':
      return { kind: 'int', text: words, number: Number(value) };
    case 'boolean':
      return { kind: 'bool', text: words, number: NaN };
    default:
      return text(words);
  }
}

function text(words: string): Value {
  return { kind: 'string', text: words, number: NaN };
}

/** Text that is absent when it is empty, as protobuf has it. */
function texts(words: string): readonly Value[] {
  return words === '' ? [] : [text(words)];
}

function nanos(value: bigint): Value {
  return { kind: 'nanoseconds', text: String(value), number: Number(value) };
}

const eventsOf = ({ span, event }: Subject): readonly SpanEvent[] => (event === undefined ? span.events : [event]);
const linksOf = ({ span, link }: Subject): readonly SpanLink[] => (link === undefined ? span.links : [link]);

/** Readers of the fields, by level. */
const FIELDS: Readonly<Record<SpanLevel, Readonly<Record<string, Read>>>> = {
  span: {
    traceID: ({ span }) => [text(span.traceId)],
    spanID: ({ span }) => [text(span.spanId)],
    parentSpanID: ({ span }) => texts(span.parentSpanId),
    traceState: ({ span }) => texts(span.traceState),
    name: ({ span }) => [text(span.name)],
    kind: ({ span }) => [text(span.kind)],
    startTime: ({ span }) => [nanos(span.startUnixNano)],
    endTime: ({ span }) => [nanos(span.endUnixNano)],
    duration: ({ span }) => [nanos(durationNano(span))],
    status: ({ span }) => [text(span.status.code)],
    statusMessage: ({ span }) => texts(span.status.message),
  },
  resource: {
    service: ({ span }) => [text(serviceNameOf(span.resource))],
    schemaURL: ({ span }) => texts(span.resource.schemaUrl),
  },
  scope: {
    name: ({ span }) => texts(span.scope.name),
    version: ({ span }) => texts(span.scope.version),
    schemaURL: ({ span }) => texts(span.scope.schemaUrl),
  },
  event: {
    name: (subject) => eventsOf(subject).map(({ name }) => text(name)),
    time: (subject) => eventsOf(subject).map(({ timeUnixNano }) => nanos(timeUnixNano)),
    timeSinceStart: (subject) =>
      eventsOf(subject).map(({ timeUnixNano }) => nanos(timeUnixNano - subject.span.startUnixNano)),
  },
  link: {
    traceID: (subject) => linksOf(subject).map(({ traceId }) => text(traceId)),
    spanID: (subject) => linksOf(subject).map(({ spanId }) => text(spanId)),
    traceState: (subject) => linksOf(subject).flatMap(({ traceState }) => texts(traceState)),
  },
};

function wordsOf(words: string): string[] {
  return words.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function hasAll(have: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((word) => have.includes(word));
}

function hasPhrase(have: readonly string[], wanted: readonly string[]): boolean {
  return have.some((_, at) => wanted.every((word, n) => have[at + n] === word));
}
