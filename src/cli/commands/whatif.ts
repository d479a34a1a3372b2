import { commandClock } from '../../base/clock';
import { parseDuration } from '../../base/duration';
import { BadInputError } from '../../base/errors';
import { renderWhatIf } from '../../reports';
import type { WhatIfAnswer } from '../../reports';
import { readFromStack, StackUnreachableError } from '../ask-stack';
import { defineCommand, EXIT } from '../command';
import type { CommandEnvironment, ExitCode } from '../command';

interface WhatIfOptions {
  readonly last: string;
  readonly model?: string;
  readonly of?: string;
  readonly pricesOf?: string;
  readonly cache?: string;
  readonly tier?: string;
  readonly budget?: string;
  readonly json?: boolean;
}

/** `telltale whatif`: what stored sessions would have cost otherwise, and when a budget ends. */
export const whatif = defineCommand({
  name: 'whatif',
  doc: 'prices stored sessions on another model, price date or cache lifetime; says when a budget ends',
  example: 'telltale whatif --last 7d --model claude-haiku-4-5 --of claude-sonnet-4-5',
  build: (verb, wrap) => {
    verb
      .option('--last <duration>', 'the period that ends now', '7d')
      .option('--model <name>', 'all calls on this model')
      .option('--of <name>', 'only calls of this model are changed')
      .option('--prices-of <time>', 'by the prices of this day (ISO 8601)')
      .option('--cache <lifetime>', 'prompt cache of 5m, 1h or none')
      .option('--tier <name>', 'service tier, e.g. batch')
      .option('--budget <usd>', 'US dollars from the start of the period: when is it used up?')
      .option('--json', 'print JSON')
      .action(wrap((environment, options: WhatIfOptions) => run(environment, options)));
  },
});

async function run(environment: CommandEnvironment, options: WhatIfOptions): Promise<ExitCode> {
  const end = commandClock.now();
  const parameters = new URLSearchParams({ from: String(end - parseDuration(options.last)), to: String(end) });
  const given = {
    model: options.model,
    of: options.of,
    pricedAt: options.pricesOf,
    cache: options.cache,
    tier: options.tier,
    budget: options.budget,
  };
  for (const [name, value] of Object.entries(given)) if (value !== undefined) parameters.set(name, value);
  if (parameters.size === 2)
    throw new BadInputError('name what is to be different: --model, --prices-of, --cache, --tier or --budget');
  const path = `/api/stack/reports/what-if?${parameters.toString()}`;
  const body: unknown = JSON.parse(await readFromStack(environment, path));
  if (!isAnswer(body)) throw new StackUnreachableError(`${environment.stackUrl} gave no prices`);
  environment.out(options.json === true ? `${JSON.stringify(body, null, 2)}\n` : renderWhatIf(body));
  return EXIT.ok;
}

function isAnswer(body: unknown): body is WhatIfAnswer {
  return typeof body === 'object' && body !== null && 'result' in body && 'budget' in body;
}
