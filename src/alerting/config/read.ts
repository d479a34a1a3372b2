import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { parseDocument } from 'yaml';
import { withLooseQuotes } from '../../base/quoted-lines';
import { InvalidAlertingConfigError } from '../errors';
import { expandGlob } from './glob';
import { resolveAlerting } from './resolve';
import type { ResolvedAlerting } from './resolve';

/**
 * Reads the text of an Alertmanager configuration file.
 * @param source shown in messages.
 * @throws InvalidAlertingConfigError with every fault found.
 */
export function readAlertmanagerConfig(text: string, source = 'alertmanager.yml'): ResolvedAlerting {
  const { result: document } = withLooseQuotes(
    text,
    (given) => parseDocument(given, { prettyErrors: true, merge: true }),
    ({ errors }) => errors,
  );
  if (document.errors.length > 0) {
    throw new InvalidAlertingConfigError(
      source,
      document.errors.map(({ message }) => ({ path: [], message })),
    );
  }
  return resolveOrThrow(document.toJS(), source);
}

/** @throws InvalidAlertingConfigError */
export function resolveOrThrow(value: unknown, source: string): ResolvedAlerting {
  const { resolved, faults } = resolveAlerting(value);
  if (resolved === undefined || faults.length > 0) throw new InvalidAlertingConfigError(source, faults);
  return resolved;
}

/** The template files that the globs name. @throws InvalidAlertingConfigError where one cannot be read. */
export function readTemplateFiles(
  globs: readonly string[],
  directory: string,
  source: string,
): { name: string; text: string }[] {
  const files = globs.flatMap((glob) => expandGlob(isAbsolute(glob) ? glob : join(directory, glob)));
  return files.map((name) => {
    try {
      return { name, text: readFileSync(name, 'utf8') };
    } catch (error) {
      throw new InvalidAlertingConfigError(source, [
        { path: ['templates'], message: `cannot read ${name}: ${String(error)}` },
      ]);
    }
  });
}
