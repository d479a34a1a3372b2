import type { SpanFilter, SpanOperand, TraceSearch } from '../../storage';

type Narrowing = { -readonly [K in keyof TraceSearch]?: TraceSearch[K] };

/**
 * The question with what its filter implies said in terms that columns and indexes answer. The filter stays and has the
 * last word: what is added need only hold of every span that meets it.
 */
export function narrowed(query: TraceSearch): TraceSearch {
  if (query.filter === undefined) return query;
  const implied: Narrowing = {};
  collect(query.filter, implied);
  const least = Math.max(query.minDuration ?? 0, implied.minDuration ?? 0);
  const most = Math.min(query.maxDuration ?? Infinity, implied.maxDuration ?? Infinity);
  return {
    ...implied,
    ...query,
    ...(least > 0 ? { minDuration: least } : {}),
    ...(most < Infinity ? { maxDuration: most } : {}),
    ...(implied.onlyErrors === true ? { onlyErrors: true } : {}),
    ...(implied.attributes === undefined ? {} : { attributes: { ...implied.attributes, ...query.attributes } }),
  };
}

/** Attributes that every span must have which meets the filter. */
export function requiredKeys(filter: SpanFilter): string[] {
  switch (filter.op) {
    case 'and':
      return filter.args.flatMap(requiredKeys);
    case 'or':
    case 'not':
      return [];
    case 'some':
      return requiredKeys(filter.arg);
    default:
      return [filter.left, ...('right' in filter ? [filter.right] : [])].flatMap((operand) =>
        'attribute' in operand ? [operand.attribute] : [],
      );
  }
}

function collect(filter: SpanFilter, into: Narrowing): void {
  if (filter.op === 'and') for (const arg of filter.args) collect(arg, into);
  if (filter.op !== 'eq' && filter.op !== 'gt' && filter.op !== 'gte' && filter.op !== 'lt' && filter.op !== 'lte')
    return;
  const { left, right } = filter;
  if (!('constant' in right)) return;
  const { value, type } = right.constant;
  if (filter.op !== 'eq') {
    if (type !== 'nanoseconds' || fieldOf(left) !== 'span.duration') return;
    const millis = Number(value) / 1e6;
    if (filter.op === 'gt' || filter.op === 'gte') into.minDuration = Math.max(into.minDuration ?? 0, millis);
    else into.maxDuration = Math.min(into.maxDuration ?? Infinity, millis);
    return;
  }
  if ('attribute' in left) {
    // A number that is asked for in another form than the usual (1.50, 1e3) is stored under the usual.
    if (type === 'string' || !isUnusual(value)) into.attributes = { ...into.attributes, [left.attribute]: value };
    return;
  }
  if (fieldOf(left) === 'resource.service') into.service = value;
  if (fieldOf(left) === 'span.name') into.operation = value;
  if (fieldOf(left) === 'span.status' && value === 'error') into.onlyErrors = true;
}

function fieldOf(operand: SpanOperand): string {
  return 'field' in operand ? `${operand.level}.${operand.field}` : '';
}

function isUnusual(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text)) && String(Number(text)) !== text;
}
