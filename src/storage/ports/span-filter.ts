/** Where a value of a span lies; for an attribute, none means the span or its resource. */
export type SpanLevel = 'span' | 'resource' | 'scope' | 'event' | 'link';

/** A value to be read of a span: an attribute by its key, or a field by its name (those of Jaeger's query API). */
export type SpanReference =
  { readonly attribute: string; readonly level?: SpanLevel } | { readonly field: string; readonly level: SpanLevel };

/**
 * A value to compare with: the text, and what it must have been stored as. Without a type any value of that text or
 * number will do; a duration or an instant is nanoseconds.
 */
export interface SpanConstant {
  readonly value: string;
  readonly type?: 'string' | 'int' | 'double' | 'bool' | 'nanoseconds';
}

export type SpanOperand = SpanReference | { readonly constant: SpanConstant };

/**
 * A condition on one span. A comparison with something absent does not hold, and only `not` turns that around. Of a
 * reference with several values (an attribute of the span and of its resource, of events) a positive comparison asks
 * for one that fits; `ne` and `not_in` ask that there are some and none fits. `some` asks for one event or link that
 * meets the inner condition as a whole.
 *
 * Source: Jaeger RFC 0005, "Structured query filters for trace search".
 */
export type SpanFilter =
  | { readonly op: 'and' | 'or'; readonly args: readonly SpanFilter[] }
  | { readonly op: 'not'; readonly arg: SpanFilter }
  | { readonly op: 'some'; readonly level: 'event' | 'link'; readonly arg: SpanFilter }
  | { readonly op: 'exists'; readonly left: SpanReference }
  | {
      readonly op: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte';
      readonly left: SpanOperand;
      readonly right: SpanOperand;
    }
  | { readonly op: 'in' | 'not_in'; readonly left: SpanReference; readonly list: readonly SpanConstant[] }
  | { readonly op: 'regex'; readonly left: SpanReference; readonly pattern: string }
  /** `contains`: anywhere in the text; `phrase`: the words side by side; `fulltext`: every word. Letters of either case. */
  | {
      readonly op: 'contains' | 'phrase' | 'fulltext';
      readonly left: SpanReference;
      readonly words: readonly string[];
    };
