import { messageOf } from '../../base/errors';
import { Matcher } from '../../domain/matcher';
import type { AlertingFault } from '../errors';
import { compareMatchers, parseMatchers } from './matchers';

/** Matchers from the three spellings, in Alertmanager's order. */
export function readMatchers(
  spellings: {
    readonly equal?: Readonly<Record<string, string>> | null | undefined;
    readonly regex?: Readonly<Record<string, string>> | null | undefined;
    readonly lines?: readonly string[] | null | undefined;
  },
  path: readonly PropertyKey[],
  faults: AlertingFault[],
): Matcher[] {
  const matchers: Matcher[] = [];
  const attempt = (make: () => Matcher[], where: readonly PropertyKey[]): void => {
    try {
      matchers.push(...make());
    } catch (error) {
      faults.push({ path: where, message: messageOf(error) });
    }
  };
  for (const [name, value] of Object.entries(spellings.equal ?? {}))
    attempt(() => [new Matcher(checkName(name), '=', value)], path);
  for (const [name, value] of Object.entries(spellings.regex ?? {}))
    attempt(() => [new Matcher(checkName(name), '=~', value)], path);
  (spellings.lines ?? []).forEach((line) => attempt(() => parseMatchers(line), path));
  return matchers.sort(compareMatchers);
}

function checkName(name: string): string {
  if (!/^[a-zA-Z_]\w*$/.test(name)) throw new Error(`invalid label name "${name}"`);
  return name;
}
