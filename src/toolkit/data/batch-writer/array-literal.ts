/**
 * Values as PostgreSQL's text form of a one-dimensional array; undefined when one of them is itself an array, or knows a form of
 * its own (`toPostgres`), which only the client can write. Values are written as the `pg` client writes them one by one.
 *
 * Source: PostgreSQL manual, 8.15.6 Array Input and Output Syntax.
 */
export function toArrayLiteral(values: readonly unknown[]): string | undefined {
  const parts: string[] = [];
  for (const value of values) {
    switch (typeof value) {
      case 'number':
      case 'bigint':
      case 'boolean':
        parts.push(String(value));
        break;
      case 'string':
        parts.push(quote(value));
        break;
      default: {
        if (value === null || value === undefined) parts.push('NULL');
        else if (value instanceof Date) parts.push(`"${localTimestamp(value)}"`);
        else if (value instanceof Uint8Array) parts.push(`"\\\\x${Buffer.from(value).toString('hex')}"`);
        else if (typeof value !== 'object' || Array.isArray(value) || 'toPostgres' in value) return undefined;
        else parts.push(quote(JSON.stringify(value)));
      }
    }
  }
  return `{${parts.join(',')}}`;
}

const SPECIAL = /["\\]/;

function quote(text: string): string {
  return SPECIAL.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;
}

/** Local time with its offset: a column without time zone keeps what the clock on the wall showed. */
function localTimestamp(at: Date): string {
  const pad = (value: number, width = 2): string => String(value).padStart(width, '0');
  const day = `${pad(at.getFullYear(), 4)}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`;
  const offset = -at.getTimezoneOffset();
  const sign = offset < 0 ? '-' : '+';
  return `${day}T${time}${sign}${pad(Math.floor(Math.abs(offset) / 60))}:${pad(Math.abs(offset) % 60)}`;
}
