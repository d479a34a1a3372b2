import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { alertmanagerPartsOf, exportedConfiguration } from '../../alerting';
import { loadConfig } from '../../config';
import type { ExportTarget } from './export';
import { EXIT } from '../command';
import type { CommandEnvironment, ExitCode } from '../command';

interface AlertmanagerExportOptions {
  readonly config?: string;
  readonly output?: string;
}

/** `telltale export alertmanager`: the routing as a file that Alertmanager reads. */
export const exportAlertmanagerTarget: ExportTarget = (verb, wrap) => {
  verb
    .command('alertmanager')
    .description(
      "routes, receivers and silencing times in Alertmanager's format; what does not carry over goes to standard error",
    )
    .option('--config <file>', 'configuration (default telltale.yaml if present)')
    .option('-o, --output <file>', 'write to a file instead of standard output; it holds the credentials')
    .action(wrap((environment, options: AlertmanagerExportOptions) => run(environment, options)));
};

function run(environment: CommandEnvironment, options: AlertmanagerExportOptions): Promise<ExitCode> {
  const config = loadConfig({
    cwd: environment.cwd,
    ...(options.config === undefined ? {} : { file: options.config }),
  });
  const { text, left } = exportedConfiguration(alertmanagerPartsOf(config.alerting));
  for (const key of left) environment.err(`left out, Alertmanager does not know it: ${key}\n`);
  if (options.output === undefined) environment.out(text);
  else writeFileSync(resolve(environment.cwd, options.output), text, { mode: 0o600 });
  return Promise.resolve(EXIT.ok);
}
