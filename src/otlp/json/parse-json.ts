import { messageOf } from '../../base/errors';
import { OtlpDecodeError } from '../errors';

/** Digits in a row that a double may not hold exactly. */
const LONG_NUMBER = /[:[,]\s*-?\d{16}/;

/** Writes whole numbers too long for a double as text, which readers of 64-bit fields take as well. Strings are passed over. */
const QUOTE_LONG_NUMBERS = /"(?:[^"\\]|\\.)*"|(-?\d{16,}(?![\d.eE]))/g;

/**
 * Reads JSON text; whole numbers of 16 digits and more come as strings, exact.
 * @throws OtlpDecodeError with the place.
 */
export function parseExactJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new OtlpDecodeError('the text is not UTF-8', { path: '$' });
  }
  const exact = LONG_NUMBER.test(text)
    ? text.replace(QUOTE_LONG_NUMBERS, (match, digits: string | undefined) =>
        digits === undefined ? match : `"${digits}"`,
      )
    : text;
  try {
    return JSON.parse(exact);
  } catch (error) {
    const offset = /position (\d+)/.exec(messageOf(error))?.[1];
    throw new OtlpDecodeError(
      `not JSON: ${messageOf(error)
        .replace(/^Unexpected/, 'unexpected')
        .slice(0, 200)}`,
      offset === undefined ? { path: '$' } : { offset: Number(offset) },
    );
  }
}
