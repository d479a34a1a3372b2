/** A value of an attribute, as OTLP's AnyValue. 64-bit integers beyond 2^53 are bigint. */
export type AttributeValue =
  | string
  | boolean
  | number
  | bigint
  | Uint8Array
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue }
  | null;

/** Attributes of a span, resource, scope, event or log record. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** The text form (OpenTelemetry "attribute to string"): JSON for arrays and maps, base64 for bytes. */
export function attributeToText(value: AttributeValue): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'object') return JSON.stringify(value, jsonReplacer);
  return String(value);
}

function jsonReplacer(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return value;
}
