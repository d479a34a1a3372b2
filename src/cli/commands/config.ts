import { EXIT, defineCommand } from '../command';
import type { ExitCode } from '../command';
import { InvalidConfigError, formatFault, loadConfig, printConfig } from '../../config';

interface ConfigVerbOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** The effective configuration, or every fault in it. */
export const config = defineCommand({
  name: 'config',
  doc: 'checks the configuration and prints what is in effect, defaults included, secrets redacted',
  example: 'telltale config --config telltale.yaml',
  build: (verb, wrap) => {
    verb
      .option('--config <file>', 'configuration (default telltale.yaml if present)')
      .option('--json', 'print JSON')
      .action(
        wrap((environment, options: ConfigVerbOptions): Promise<ExitCode> => {
          try {
            const { directory: _directory, ...effective } = loadConfig({
              cwd: environment.cwd,
              ...(options.config === undefined ? {} : { file: options.config }),
            });
            environment.out(options.json === true ? `${JSON.stringify(effective, null, 2)}\n` : printConfig(effective));
            return Promise.resolve(EXIT.ok);
          } catch (error) {
            if (!(error instanceof InvalidConfigError)) throw error;
            if (options.json === true) environment.out(`${JSON.stringify(error.faults, null, 2)}\n`);
            else for (const fault of error.faults) environment.err(`${formatFault(fault)}\n`);
            return Promise.resolve(EXIT.findings);
          }
        }),
      );
  },
});
