import { closest } from '../base/closest';
import type { ConfigFault } from './faults';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment: the one place that reads it. */
export function readEnvironment(): Environment {
  return process.env;
}

/** Variables with a meaning of their own, and the configuration path each sets. */
const SHORT_NAMES: Readonly<Record<string, readonly string[]>> = {
  TELLTALE_DATA: ['data'],
  TELLTALE_HOST: ['server', 'host'],
  TELLTALE_PORT: ['server', 'port'],
  TELLTALE_EXTERNAL_URL: ['server', 'externalUrl'],
  TELLTALE_LOG_LEVEL: ['log', 'level'],
};

/** Variables that other parts of the product read; not configuration of the stack. */
const ELSEWHERE = new Set(['TELLTALE_CONFIG', 'TELLTALE_URL']);

/** One setting taken from the environment. */
export interface EnvironmentSetting {
  readonly variable: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

/**
 * The settings the environment holds: the short names above, and `TELLTALE__SECTION__KEY` for any other key (words of a
 * camelCase key are joined by single underscores; values are read as JSON where they are JSON, else as text).
 * @param keysAt the names that the configuration knows below a path.
 */
export function environmentSettings(
  environment: Environment,
  keysAt: (path: readonly string[]) => readonly string[],
): { settings: EnvironmentSetting[]; faults: ConfigFault[] } {
  const settings: EnvironmentSetting[] = [];
  const faults: ConfigFault[] = [];
  for (const [variable, text] of Object.entries(environment)) {
    if (text === undefined || !variable.startsWith('TELLTALE_') || ELSEWHERE.has(variable)) continue;
    const short = SHORT_NAMES[variable];
    if (short !== undefined) settings.push({ variable, path: short, value: scalarOf(text) });
    else if (variable.startsWith('TELLTALE__')) {
      const path = toPath(variable.slice('TELLTALE__'.length).split('__'), keysAt);
      if (typeof path === 'string') faults.push({ source: variable, line: 0, column: 0, path: '', message: path });
      else settings.push({ variable, path, value: scalarOf(text) });
    } else {
      const near = closest(variable, Object.keys(SHORT_NAMES));
      const message = `unknown variable; ${near === undefined ? `write TELLTALE__SECTION__KEY for a configuration key, or one of ${Object.keys(SHORT_NAMES).join(', ')}` : `did you mean "${near}"?`}`;
      faults.push({ source: variable, line: 0, column: 0, path: '', message });
    }
  }
  return { settings, faults };
}

/** Sets a value in nested objects, making those that are missing. */
export function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path;
  if (head === undefined) return;
  if (rest.length === 0) {
    target[head] = value;
    return;
  }
  const child = target[head];
  const next: Record<string, unknown> =
    typeof child === 'object' && child !== null && !Array.isArray(child) ? { ...child } : {};
  target[head] = next;
  setAt(next, rest, value);
}

function toPath(words: readonly string[], keysAt: (path: readonly string[]) => readonly string[]): string[] | string {
  const path: string[] = [];
  for (const word of words) {
    const known = keysAt(path);
    const plain = word.toLowerCase().replaceAll('_', '');
    const match = known.find((key) => key.toLowerCase().replaceAll('_', '') === plain);
    if (match === undefined) {
      const near = closest(plain, known);
      return `no key "${word.toLowerCase()}" in ${path.length === 0 ? 'the configuration' : path.join('.')}; ${near === undefined ? `known: ${known.join(', ')}` : `did you mean "${near}"?`}`;
    }
    path.push(match);
  }
  return path;
}

function scalarOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
