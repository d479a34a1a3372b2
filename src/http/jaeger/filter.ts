import { BadInputError, messageOf } from '../../base/errors';
import { SPAN_KINDS, SPAN_STATUSES } from '../../domain/span';
import type { SpanConstant, SpanFilter, SpanLevel, SpanOperand, SpanReference } from '../../storage';
import { parseGoDuration, parseNanos } from './query-params';

/** The levels and operators that a filter may use, as `/api/v3/capabilities` lists them. */
export const FILTER_LEVELS = ['span', 'resource', 'scope', 'event', 'link'] as const;
export const FILTER_OPERATORS = [
  'and',
  'or',
  'not',
  'eq',
  'ne',
  'gt',
  'lt',
  'gte',
  'lte',
  'regex',
  'exists',
  'in',
  'not_in',
  'some',
  'phrase',
  'fulltext',
] as const;

type Operator = (typeof FILTER_OPERATORS)[number];
type FieldType = 'text' | 'time' | 'duration' | readonly string[];

/** The fields of a span that a filter may name, and how what they are compared with is written. */
const FIELDS: Readonly<Record<SpanLevel, Readonly<Record<string, FieldType>>>> = {
  span: {
    traceID: 'text',
    spanID: 'text',
    parentSpanID: 'text',
    traceState: 'text',
    name: 'text',
    kind: SPAN_KINDS,
    startTime: 'time',
    endTime: 'time',
    duration: 'duration',
    status: SPAN_STATUSES,
    statusMessage: 'text',
  },
  resource: { service: 'text', schemaURL: 'text' },
  scope: { name: 'text', version: 'text', schemaURL: 'text' },
  event: { name: 'text', time: 'time', timeSinceStart: 'duration' },
  link: { traceID: 'text', spanID: 'text', traceState: 'text' },
};

const TYPES = ['string', 'int', 'double', 'bool'] as const;
/** Conditions within conditions, at most. */
const MAX_DEPTH = 50;

type Term =
  | { readonly kind: 'reference'; readonly reference: SpanReference; readonly type: FieldType | undefined }
  | { readonly kind: 'constant'; readonly constant: SpanConstant }
  | { readonly kind: 'list'; readonly list: readonly SpanConstant[] }
  | { readonly kind: 'nested'; readonly level: 'event' | 'link' }
  | { readonly kind: 'call'; readonly filter: SpanFilter };

/**
 * Reads the JSON of `query.filter`: a call `{"op":"eq","args":[{"attr":{"key":"k"}},{"scalar":{"value":"v"}}]}`.
 *
 * Source: jaeger.expression.v1 (expression.proto) and Jaeger RFC 0005.
 * @throws BadInputError naming the place
 */
export function parseFilter(text: string): SpanFilter {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new BadInputError(`malformed parameter query.filter: ${messageOf(error)}`);
  }
  return readCall(parsed, 'query.filter', []);
}

function readCall(value: unknown, place: string, bound: readonly string[]): SpanFilter {
  const { op, args } = objectOf(value, place, ['op', 'args']);
  const operator = FILTER_OPERATORS.find((each) => each === op);
  if (operator === undefined) fail(place, `unknown filter operator ${JSON.stringify(op)}`);
  if (!Array.isArray(args)) fail(place, `operator "${operator}" takes a list of arguments`);
  if (place.split('.args').length > MAX_DEPTH) fail(place, `conditions lie more than ${MAX_DEPTH} deep`);
  const list: readonly unknown[] = args;
  const inner = operator === 'some' ? [...bound, nestedLevel(list[0], place, bound)] : bound;
  const terms = list.map((arg, index) => readTerm(arg, `${place}.args[${index}]`, inner));
  return toFilter(operator, terms, place);
}

function toFilter(op: Operator, terms: readonly Term[], place: string): SpanFilter {
  const [first, second] = terms;
  const count = (wanted: number): void => {
    if (terms.length !== wanted) fail(place, `operator "${op}" takes ${wanted} argument(s), got ${terms.length}`);
  };
  switch (op) {
    case 'and':
    case 'or':
      if (terms.length < 2) fail(place, `operator "${op}" takes at least two arguments, got ${terms.length}`);
      return { op, args: terms.map((term) => callOf(term, op, place)) };
    case 'not':
      count(1);
      return { op, arg: callOf(first, op, place) };
    case 'some':
      count(2);
      if (first?.kind !== 'nested') fail(place, 'operator "some" takes a collection reference as its first argument');
      return { op, level: first.level, arg: callOf(second, op, place) };
    case 'exists':
      count(1);
      return { op, left: referenceOf(first, op, place).reference };
    case 'in':
    case 'not_in': {
      count(2);
      const { reference, type } = referenceOf(first, op, place);
      return { op, left: reference, list: listOf(second, op, place).map((each) => constantFor(type, each, place)) };
    }
    case 'phrase':
    case 'fulltext': {
      count(2);
      const { reference } = referenceOf(first, op, place);
      if ('field' in reference) fail(place, `operator "${op}" searches attributes, not fields`);
      const words = listOf(second, op, place);
      if (words.some(({ value, type }) => !/^[\p{L}\p{N}]+$/u.test(value) || (type ?? 'string') !== 'string'))
        fail(place, `operator "${op}" takes words of letters and digits`);
      return { op, left: reference, words: words.map(({ value }) => value) };
    }
    case 'regex': {
      count(2);
      const { reference, type } = referenceOf(first, op, place);
      if (type === 'time' || type === 'duration') fail(place, 'operator "regex" matches text');
      if (second?.kind !== 'constant' || (second.constant.type ?? 'string') !== 'string')
        fail(place, 'operator "regex" takes a text as its pattern');
      return { op, left: reference, pattern: second.constant.value };
    }
    default:
      count(2);
      return comparison(op, operandOf(first, op, place), operandOf(second, op, place), place);
  }
}

type Comparison = 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte';
type Operand = Extract<Term, { kind: 'reference' | 'constant' }>;

const REVERSED: Readonly<Record<Comparison, Comparison>> = {
  eq: 'eq',
  ne: 'ne',
  gt: 'lt',
  gte: 'lte',
  lt: 'gt',
  lte: 'gte',
};

function comparison(op: Comparison, left: Operand, right: Operand, place: string): SpanFilter {
  // The reference first, as everything after this has it.
  if (left.kind === 'constant' && right.kind === 'reference') return comparison(REVERSED[op], right, left, place);
  const type = left.kind === 'reference' ? left.type : undefined;
  if (op !== 'eq' && op !== 'ne') {
    const isWordValued = [left, right].some((each) => each.kind === 'reference' && typeof each.type === 'object');
    const isBool = [left, right].some((each) => each.kind === 'constant' && each.constant.type === 'bool');
    if (isWordValued || isBool) fail(place, `operator "${op}" compares what has no order`);
  }
  if (right.kind === 'reference') {
    const domains = new Set([type, right.type].filter((each) => each !== undefined).map(domainOf));
    if (domains.size > 1) fail(place, `operator "${op}" compares values of different kinds`);
  }
  return { op, left: toOperand(left, undefined, place), right: toOperand(right, type, place) };
}

function toOperand(term: Operand, against: FieldType | undefined, place: string): SpanOperand {
  return term.kind === 'reference' ? term.reference : { constant: constantFor(against, term.constant, place) };
}

/** A constant as the field it is compared with is written. */
function constantFor(type: FieldType | undefined, constant: SpanConstant, place: string): SpanConstant {
  if (type === undefined) return constant;
  const { value } = constant;
  if (constant.type !== undefined && (constant.type !== 'string' || domainOf(type) !== 'text'))
    fail(place, `a constant of type "${constant.type}" is compared with what holds no such value`);
  if (type === 'time') return { value: String(parseNanos(value, place)), type: 'nanoseconds' };
  if (type === 'duration')
    return { value: String(Math.round(parseGoDuration(value, place) * 1e6)), type: 'nanoseconds' };
  if (type !== 'text' && !type.includes(value)) fail(place, `"${value}" is not one of ${type.join(', ')}`);
  return { value, type: 'string' };
}

function domainOf(type: FieldType): string {
  return typeof type === 'string' ? type : 'text';
}

function readTerm(value: unknown, place: string, bound: readonly string[]): Term {
  const term = objectOf(value, place, ['attr', 'field', 'nested', 'scalar', 'list', 'call']);
  const [name, ...more] = Object.keys(term);
  if (name === undefined || more.length > 0)
    fail(place, 'exactly one of attr, field, nested, scalar, list and call must be set');
  const body = term[name];
  switch (name) {
    case 'attr': {
      const { key, level } = objectOf(body, place, ['key', 'level']);
      if (typeof key !== 'string' || key === '') fail(place, 'attribute reference has no key');
      const at = level === undefined || level === '' ? undefined : levelOf(level, place);
      return {
        kind: 'reference',
        reference: { attribute: key, ...(at === undefined ? {} : { level: at }) },
        type: undefined,
      };
    }
    case 'field': {
      const { name: field, level } = objectOf(body, place, ['name', 'level']);
      const at = levelOf(level, place);
      const fields = FIELDS[at];
      if (typeof field !== 'string' || !Object.hasOwn(fields, field))
        fail(
          place,
          `unknown built-in field ${JSON.stringify(field)} at the "${at}" level: ${Object.keys(fields).join(', ')}`,
        );
      return { kind: 'reference', reference: { field, level: at }, type: fields[field] };
    }
    case 'nested':
      return { kind: 'nested', level: nestedLevel(value, place, []) };
    case 'scalar': {
      const { value: text, type } = objectOf(body, place, ['value', 'type']);
      return { kind: 'constant', constant: constantOf(text, type, place) };
    }
    case 'list': {
      const { values, type } = objectOf(body, place, ['values', 'type']);
      if (!Array.isArray(values) || values.length === 0) fail(place, 'a list has at least one element');
      const texts: readonly unknown[] = values;
      return { kind: 'list', list: texts.map((text) => constantOf(text, type, place)) };
    }
    default:
      return { kind: 'call', filter: readCall(body, place, bound) };
  }
}

function constantOf(value: unknown, type: unknown, place: string): SpanConstant {
  if (typeof value !== 'string') fail(place, 'the value of a constant is a text');
  if (type === undefined || type === '') return { value };
  const known = TYPES.find((each) => each === type);
  if (known === undefined) fail(place, `unknown filter value type ${JSON.stringify(type)}`);
  if ((known === 'int' && !/^[+-]?\d+$/.test(value)) || (known === 'double' && !Number.isFinite(Number(value))))
    fail(place, `"${value}" is not of type ${known}`);
  return { value, type: known };
}

function nestedLevel(value: unknown, place: string, bound: readonly string[]): 'event' | 'link' {
  const { nested } = objectOf(value, place, ['nested', 'attr', 'field', 'scalar', 'list', 'call']);
  const { level } = objectOf(nested, place, ['level']);
  if (level !== 'event' && level !== 'link') fail(place, 'operator "some" quantifies over "event" or "link"');
  if (bound.includes(level)) fail(place, `operator "some" is already quantifying over "${level}"`);
  return level;
}

function levelOf(level: unknown, place: string): SpanLevel {
  const known = FILTER_LEVELS.find((each) => each === level);
  if (known === undefined) fail(place, `unknown filter level ${JSON.stringify(level)}`);
  return known;
}

function callOf(term: Term | undefined, op: string, place: string): SpanFilter {
  if (term?.kind !== 'call') fail(place, `operator "${op}" takes predicates`);
  return term.filter;
}

function referenceOf(term: Term | undefined, op: string, place: string): Extract<Term, { kind: 'reference' }> {
  if (term?.kind !== 'reference') fail(place, `operator "${op}" takes a reference as its first argument`);
  return term;
}

function operandOf(term: Term | undefined, op: string, place: string): Operand {
  if (term?.kind !== 'reference' && term?.kind !== 'constant')
    fail(place, `operator "${op}" compares references and constants`);
  return term;
}

function listOf(term: Term | undefined, op: string, place: string): readonly SpanConstant[] {
  if (term?.kind !== 'list') fail(place, `operator "${op}" takes a list as its second argument`);
  return term.list;
}

/** An object with no other keys than these. */
function objectOf(value: unknown, place: string, keys: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(place, 'an object is expected');
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) fail(place, `unknown key "${unknown}"; expected ${keys.join(', ')}`);
  return { ...value };
}

function fail(place: string, message: string): never {
  throw new BadInputError(`malformed parameter ${place}: ${message}`);
}
