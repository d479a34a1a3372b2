import { env } from 'node:process';
import { diag } from '@opentelemetry/api';

/** Environment variables by name. */
export type TelemetryEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * The process's environment. The `OTEL_*` variables are the SDK's own way of being configured, and it reads them itself
 * as well; the stack's configuration has nothing to do with them.
 */
export function processEnvironment(): TelemetryEnvironment {
  return env;
}

/** The first of those variables that is set; an empty one is not, as the specification says. */
export function textFrom(environment: TelemetryEnvironment, ...names: readonly string[]): string | undefined {
  return names.map((name) => environment[name]?.trim()).find((text) => text !== undefined && text !== '');
}

/** A whole number of at least `least`; undefined when it is not set, and, with a warning, when it is something else. */
export function numberFrom(environment: TelemetryEnvironment, name: string, least: number): number | undefined {
  const text = textFrom(environment, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  diag.warn(`telltale: ${name} is "${text}", which is no whole number from ${least} on; the default is used`);
  return undefined;
}

/** The word of a list that a variable holds, in lower case; undefined when it is not set, and, with a warning, when unknown. */
export function wordFrom<W extends string>(
  environment: TelemetryEnvironment,
  name: string,
  words: Readonly<Record<string, W>>,
): W | undefined {
  const text = textFrom(environment, name)?.toLowerCase();
  if (text === undefined) return undefined;
  const known = words[text];
  if (known === undefined) {
    diag.warn(`telltale: ${name} is "${text}"; known are ${Object.keys(words).join(', ')}`);
  }
  return known;
}
