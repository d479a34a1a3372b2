import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { messageOf } from '../base/errors';
import { environmentSettings, setAt } from './env';
import type { Environment, EnvironmentSetting } from './env';
import { InvalidConfigError } from './faults';
import type { ConfigFault } from './faults';
import { checkSchema, loadYaml } from './load-yaml';
import type { YamlText } from './load-yaml';
import { knownKeys } from './schema-walk';

/** Where a configuration comes from; later sources win: file, environment, overrides. */
export interface ConfigSources {
  /** The file's path; undefined for no file. */
  readonly file?: string;
  readonly environment: Environment;
  /** From the command line. */
  readonly overrides?: readonly { readonly path: readonly string[]; readonly value: unknown }[];
}

/**
 * Reads, merges and checks a configuration.
 * @throws InvalidConfigError with every fault found.
 */
export function loadWith<S extends z.ZodType>(schema: S, sources: ConfigSources): z.output<S> {
  const yaml = sources.file === undefined ? undefined : readYaml(sources.file);
  const faults: ConfigFault[] = [...(yaml?.faults ?? [])];
  const environment = environmentSettings(sources.environment, (path) => knownKeys(schema, path));
  faults.push(...environment.faults);
  if (yaml !== undefined && yaml.faults.length > 0) throw new InvalidConfigError(faults);

  const merged: unknown = structuredClone(yaml?.value ?? {});
  if (isRecord(merged)) {
    for (const { path, value } of environment.settings) setAt(merged, path, value);
    for (const { path, value } of sources.overrides ?? []) setAt(merged, path, value);
  }
  const checked = checkSchema(
    schema,
    merged,
    sources.file ?? 'configuration',
    yaml?.locate ?? (() => ({ line: 0, column: 0 })),
  );
  faults.push(...checked.faults.map((fault) => attribute(fault, environment.settings)));
  if (faults.length > 0 || checked.value === undefined) throw new InvalidConfigError(faults);
  return checked.value;
}

function readYaml(file: string): YamlText {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InvalidConfigError([
      { source: file, line: 0, column: 0, path: '', message: `cannot be read: ${messageOf(error)}` },
    ]);
  }
  return loadYaml(text, file);
}

/** A fault in a value that the environment set is the variable's, not the file's. */
function attribute(fault: ConfigFault, settings: readonly EnvironmentSetting[]): ConfigFault {
  const setting = settings.find(
    ({ path }) => fault.path === path.join('.') || fault.path.startsWith(`${path.join('.')}.`),
  );
  return setting === undefined ? fault : { ...fault, source: setting.variable, line: 0, column: 0 };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
