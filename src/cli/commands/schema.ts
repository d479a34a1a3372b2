import { z } from 'zod';
import { BadInputError } from '../../base/errors';
import { stackConfig } from '../../config';
import { ruleFileSchema } from '../../rules';
import { EXIT, defineCommand } from '../command';

/** `telltale schema`: JSON Schemas, so that editors complete and check rule files and the configuration. */
export const schema = defineCommand({
  name: 'schema',
  doc: 'prints the JSON Schema of rule files or of telltale.yaml',
  example: 'telltale schema rules > .vscode/telltale-rules.schema.json',
  build: (verb, wrap) => {
    verb.argument('[what]', '`rules` or `config`', 'rules').action(
      wrap((environment, what: string) => {
        if (what !== 'rules' && what !== 'config')
          throw new BadInputError(`no schema of "${what}"; known: rules, config`);
        const document = what === 'rules' ? ruleFileSchema() : configSchema();
        environment.out(`${JSON.stringify(document, undefined, 2)}\n`);
        return Promise.resolve(EXIT.ok);
      }),
    );
  },
});

function configSchema(): unknown {
  return { title: 'telltale.yaml', ...z.toJSONSchema(stackConfig, { io: 'input', unrepresentable: 'any' }) };
}
