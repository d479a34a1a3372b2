import { BadInputError } from '../../base/errors';
import { MeasuredSide } from './measurements';

/**
 * Reads measurements from text: a JSON array, or a line each; a number, or an object with `value` and, as far as known,
 * `name`, `measure` (duration without), `stage`, `t` (epoch ms) and `traceId`. Without `t` they count as a second apart.
 * @throws BadInputError naming the line.
 */
export function readMeasurements(text: string, file: string): MeasuredSide {
  const side = new MeasuredSide(file);
  const trimmed = text.trim();
  const items: { readonly line: number; readonly value: unknown }[] = trimmed.startsWith('[')
    ? parseArray(trimmed, file).map((value, index) => ({ line: index + 1, value }))
    : text
        .split('\n')
        .flatMap((line, index) =>
          line.trim() === '' ? [] : [{ line: index + 1, value: parse(line, file, index + 1) }],
        );
  items.forEach(({ line, value }, index) => {
    const fields: Readonly<Record<string, unknown>> =
      typeof value === 'number' ? { value } : typeof value === 'object' && value !== null ? { ...value } : {};
    const measured = fields['value'];
    if (typeof measured !== 'number' || !Number.isFinite(measured))
      throw new BadInputError(`${file}:${line}: expecting a number or an object with a number "value"`);
    const word = (key: string, fallback: string): string => {
      const given = fields[key];
      return typeof given === 'string' && given !== '' ? given : fallback;
    };
    const t = fields['t'];
    side.add(word('name', 'value'), word('measure', 'duration'), word('stage', ''), {
      t: typeof t === 'number' && Number.isFinite(t) ? t : index * 1000,
      value: measured,
      traceId: word('traceId', ''),
    });
  });
  if (items.length === 0) throw new BadInputError(`${file} holds no measurements`);
  return side;
}

function parseArray(text: string, file: string): unknown[] {
  const value = parse(text, file, 1);
  return Array.isArray(value) ? value : [];
}

function parse(text: string, file: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BadInputError(
      `${file}:${line}: not JSON; a number or an object with "value" on each line, or one JSON array`,
      { cause },
    );
  }
}
