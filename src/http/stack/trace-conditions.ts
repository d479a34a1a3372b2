import { attributeToText } from '../../domain/attributes';
import { BadInputError } from '../../base/errors';
import { isContentKey } from '../../domain/content';
import { serviceNameOf } from '../../domain/resource';
import { durationNano } from '../../domain/span';
import type { Span } from '../../domain/span';
import type { SpanFilter, SpanReference } from '../../storage';

const OPERATORS = ['!=', '!~', '>=', '<=', '=', '~', '>', '<'] as const;
type Operator = (typeof OPERATORS)[number];

/** One condition of a search over traces. */
export interface Condition {
  readonly key: string;
  /** Undefined: the attribute is there at all. */
  readonly operator?: Operator;
  readonly value: string;
  /** Holds where no span of the trace meets it. */
  readonly negated: boolean;
}

/**
 * Reads conditions separated by blanks: `key=value`, `key!=value`, `key~part`, `key!~part`, `key>1`, `key>=1`, `key<1`,
 * `key<=1`, `key` alone for "is there", and `-` before any for its opposite. A value with blanks stands in double
 * quotes; `\` keeps the character after it.
 * @throws BadInputError naming the place
 */
export function parseConditions(text: string): Condition[] {
  const one = /(-?)([^\s=!~<>"]+)(?:(!=|!~|>=|<=|=|~|>|<)(?:"((?:[^"\\]|\\.)*)"|([^\s"]*)))?(?=\s|$)/y;
  const conditions: Condition[] = [];
  for (let at = skipBlanks(text, 0); at < text.length; at = skipBlanks(text, one.lastIndex)) {
    one.lastIndex = at;
    const match = one.exec(text);
    if (match === null)
      throw new BadInputError(
        `"${text.slice(at, at + 40)}" at ${at} is not a condition such as key=value, -key=value, key>1 or key~part`,
      );
    const operator = OPERATORS.find((each) => each === match[3]);
    const value = match[4]?.replace(/\\(.)/g, '$1') ?? match[5] ?? '';
    if ((operator === '>' || operator === '<' || operator === '>=' || operator === '<=') && !isNumber(value))
      throw new BadInputError(`"${value}" after ${match[2] ?? ''}${operator} is not a number`);
    const opposite = operator === '!=' || operator === '!~';
    conditions.push({
      key: match[2] ?? '',
      ...(operator === undefined ? {} : { operator: operator === '!=' ? '=' : operator === '!~' ? '~' : operator }),
      value,
      negated: (match[1] === '-') !== opposite,
    });
  }
  return conditions;
}

/** Keys of conditions on what was said or done: who asks learns of it. That there is some is told to everyone. */
export function contentAskedFor(conditions: readonly Condition[]): string[] {
  return conditions.filter(({ key, operator }) => operator !== undefined && isContentKey(key)).map(({ key }) => key);
}

/** Whether one span has what the condition asks for, its negation left aside. */
export function spanMeets(span: Span, { key, operator, value }: Condition): boolean {
  const text = fieldOf(span, key);
  if (text === undefined) return false;
  switch (operator) {
    case undefined:
      return true;
    case '=':
      return text.toLowerCase() === value.toLowerCase();
    case '~':
      return text.toLowerCase().includes(value.toLowerCase());
    case '>':
      return isNumber(text) && Number(text) > Number(value);
    case '>=':
      return isNumber(text) && Number(text) >= Number(value);
    case '<':
      return isNumber(text) && Number(text) < Number(value);
    case '<=':
      return isNumber(text) && Number(text) <= Number(value);
    default:
      return false;
  }
}

/** Whether a trace passes: one span meets all that is asked, and none meets what is excluded. */
export function traceMeets(spans: readonly Span[], conditions: readonly Condition[]): boolean {
  const wanted = conditions.filter(({ negated }) => !negated);
  const unwanted = conditions.filter(({ negated }) => negated);
  return (
    (wanted.length === 0 || spans.some((span) => wanted.every((each) => spanMeets(span, each)))) &&
    !spans.some((span) => unwanted.some((each) => spanMeets(span, each)))
  );
}

/** What the store can look for itself: equality, asked for once a key, of attributes that are no fields of a span. */
export function storeAttributes(conditions: readonly Condition[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { key, operator, value, negated } of conditions)
    if (!negated && operator === '=' && !(key in FIELDS) && !(key in found)) found[key] = value;
  return found;
}

/**
 * What one span must meet at least, for the store to look for: every span that meets the conditions meets it, but not
 * the reverse. Undefined when nothing can be said.
 */
export function storeFilter(conditions: readonly Condition[]): SpanFilter | undefined {
  const args = conditions.flatMap((condition) => (condition.negated ? [] : leastOf(condition)));
  const [first] = args;
  return args.length > 1 ? { op: 'and', args } : first;
}

function leastOf({ key, operator, value }: Condition): SpanFilter[] {
  const exists: SpanFilter = { op: 'exists', left: { attribute: key } };
  const field = leastOfField(key, operator, value);
  if (field !== undefined) return [{ op: 'or', args: [exists, field] }];
  if (key in FIELDS) return [];
  // Numbers are compared by text here: that the attribute is there is all a store need know.
  return operator === '~' ? [{ op: 'contains', left: { attribute: key }, words: [value] }] : [exists];
}

function leastOfField(key: string, operator: Condition['operator'], value: string): SpanFilter | undefined {
  const contains = (reference: SpanReference): SpanFilter => ({ op: 'contains', left: reference, words: [value] });
  if (operator === '=' || operator === '~') {
    if (key === 'name' || key === 'kind' || key === 'status') return contains({ level: 'span', field: key });
    if (key === 'service') return contains({ level: 'resource', field: 'service' });
    const failed: SpanFilter = {
      op: 'eq',
      left: { level: 'span', field: 'status' },
      right: { constant: { value: 'error' } },
    };
    if (key === 'error' && operator === '=' && value.toLowerCase() === 'true') return failed;
    return undefined;
  }
  if (key !== 'duration_ms' || operator === undefined) return undefined;
  const nanos = Number(value) * 1e6;
  const isLeast = operator === '>' || operator === '>=';
  return {
    op: isLeast ? 'gte' : 'lte',
    left: { level: 'span', field: 'duration' },
    right: { constant: { value: String(isLeast ? Math.floor(nanos) : Math.ceil(nanos)), type: 'nanoseconds' } },
  };
}

/** What a span keeps beside its attributes, under the names people search by. */
const FIELDS: Readonly<Record<string, (span: Span) => string>> = {
  name: (span) => span.name,
  service: (span) => serviceNameOf(span.resource),
  kind: (span) => span.kind,
  status: (span) => span.status.code,
  error: (span) => String(span.status.code === 'error'),
  duration_ms: (span) => String(Number(durationNano(span)) / 1e6),
};

function fieldOf(span: Span, key: string): string | undefined {
  const attribute = span.attributes[key] ?? span.resource.attributes[key];
  if (attribute !== undefined) return attributeToText(attribute);
  return FIELDS[key]?.(span);
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text[at] ?? '')) at++;
  return at;
}
