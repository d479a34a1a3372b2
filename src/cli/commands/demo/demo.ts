import { EXIT, defineCommand } from '../../command';
import type { ExitCode } from '../../command';
import type { DemoOptions } from './play';
import { SCENARIOS } from './scenarios';

/** The product's whole story in under a minute. */
export const demo = defineCommand({
  name: 'demo',
  doc: 'plays an incident through the whole stack: an assistant, its telemetry, an alert, a webhook and a mail',
  example: 'telltale demo --scenario exhausted-pool --once',
  build: (verb, wrap) => {
    verb
      .option('--scenario <name>', `what goes wrong: ${SCENARIOS.map(({ name }) => name).join(', ')}`, 'slow-model')
      .option('--once', 'end after the resolved notification; exit code 0 only if everything arrived')
      .option('--data <dir>', 'keep the data there (default: a temporary folder)')
      .option('--port <n>', 'port of the UI and the APIs (default 4319, or a free one if it is taken)')
      .option('--seed <n>', 'equal seeds give the same workload', '1')
      .action(
        wrap(async (environment, options: DemoOptions): Promise<ExitCode> => {
          const scenario = SCENARIOS.find(({ name }) => name === options.scenario);
          if (scenario === undefined) {
            environment.err(
              `no scenario named "${options.scenario}"; known: ${SCENARIOS.map(({ name }) => name).join(', ')}\n`,
            );
            return EXIT.wrongUse;
          }
          return loadPlay().play(environment, scenario, options);
        }),
      );
  },
});

/** Loaded when it runs: no other verb waits for the stack's and the assistant's code. */
function loadPlay(): typeof import('./play') {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a lazy load, which `import` is not in CommonJS
  return require('./play');
}
