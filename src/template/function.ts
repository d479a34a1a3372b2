import { StringMap, toText, typeName } from './values';
import type { Value } from './values';

/** A function that templates may call: gets Go-like values (`values.ts`), returns one, throws to fail the template. */
export type TemplateFunction = (...args: readonly Value[]) => Value;

/** Functions by name. */
export type FunctionMap = Readonly<Record<string, TemplateFunction>>;

/** What a parameter takes. */
export type ParameterKind = 'string' | 'float' | 'int' | 'any';

interface Shapes {
  string: string;
  float: number;
  int: number;
  any: Value;
}

type Shaped<P extends readonly ParameterKind[]> = { [I in keyof P]: Shapes[P[I]] };

/** A function whose arguments are checked and converted as Go's template engine does. */
export function typed<const P extends readonly ParameterKind[]>(
  parameters: P,
  body: (...args: Shaped<P>) => Value,
): TemplateFunction {
  return (...args) => {
    if (args.length !== parameters.length) {
      throw new Error(`wrong number of args: want ${parameters.length} got ${args.length}`);
    }
    const converted = parameters.map((kind, index) => convert(args[index], kind));
    const result: unknown = Reflect.apply(body, undefined, converted);
    return result;
  };
}

function convert(value: Value, kind: ParameterKind): Value {
  switch (kind) {
    case 'any':
      return value;
    case 'string':
      if (typeof value === 'string') return value;
      if (typeof value === 'object' && value !== null && 'html' in value) return toText(value);
      break;
    case 'float':
      if (typeof value === 'number') return value;
      if (typeof value === 'bigint') return Number(value);
      break;
    case 'int':
      if (typeof value === 'bigint') return Number(value);
      if (typeof value === 'number' && Number.isInteger(value)) return value;
      break;
  }
  const wanted = kind === 'float' ? 'float64' : kind;
  throw new Error(`wrong type for value; expected ${wanted}; got ${typeName(value)}`);
}

/** Reads an argument as a number, as Prometheus' functions do: numbers, integers and texts. */
export function toFloat(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string') return parseFloatGo(value);
  if (value instanceof StringMap || value === undefined || value === null) {
    throw new Error(`can't convert ${typeName(value)} to float`);
  }
  throw new Error(`can't convert ${typeName(value)} to float`);
}

/** Go's strconv.ParseFloat. */
export function parseFloatGo(text: string): number {
  if (/^[+-]?(?:inf|infinity)$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^[+-]?nan$/i.test(text)) return NaN;
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return Number(text);
  const hex = /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)p([+-]?\d+)$/i.exec(text);
  if (hex && `${hex[2]}${hex[3]}` !== '') {
    const mantissa = parseInt(`0${hex[2]}${hex[3]}`, 16) / 16 ** (hex[3]?.length ?? 0);
    return (hex[1] === '-' ? -1 : 1) * mantissa * 2 ** Number(hex[4]);
  }
  throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
}
