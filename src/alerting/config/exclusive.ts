import { Secret } from '../../base/secret';

/** Whether a key was given a value: nothing, an empty text and an empty secret are none. */
export function isGiven(value: unknown): boolean {
  if (value instanceof Secret) return value.reveal() !== '';
  return value !== undefined && value !== null && value !== '';
}

/** Says that more than one of these keys is given; undefined where at most one is. */
export function atMostOne(
  settings: Readonly<Record<string, unknown>>,
  ...names: readonly string[]
): string | undefined {
  return names.filter((name) => isGiven(settings[name])).length > 1
    ? `at most one of ${names.join(' & ')} must be configured`
    : undefined;
}

/** Says which of two exclusive keys are both given, or that both are missing; undefined where exactly one is. */
export function exactlyOne(settings: Readonly<Record<string, unknown>>, a: string, b: string): string | undefined {
  return isGiven(settings[a]) || isGiven(settings[b])
    ? atMostOne(settings, a, b)
    : `one of ${a} or ${b} must be configured`;
}
