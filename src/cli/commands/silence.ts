import { userInfo } from 'node:os';
import { matcherText, parseMatchers } from '../../alerting';
import { systemClock } from '../../base/clock';
import { formatDuration, parseDuration } from '../../base/duration';
import { BadInputError } from '../../base/errors';
import { Matcher } from '../../domain/matcher';
import type { GettableSilence } from '../../contracts/alertmanager';
import { AlertingClient } from '../alerting-client';
import { defineCommand, EXIT } from '../command';
import type { CommandEnvironment, ExitCode } from '../command';
import { renderTable } from '../render/table';

interface AddOptions {
  readonly for?: string;
  readonly start?: string;
  readonly end?: string;
  readonly author?: string;
  readonly comment: string;
  readonly times?: string;
  readonly weekdays?: string;
  readonly location?: string;
  readonly json?: boolean;
}

interface ListOptions {
  readonly expired?: boolean;
  readonly json?: boolean;
}

/** `telltale silence`: mutes alerts for a while, lists what is muted, ends it. */
export const silence = defineCommand({
  name: 'silence',
  doc: 'mutes alerts for a while, lists what is muted, and ends it',
  example: "telltale silence add --for 2h --comment 'moving the cache' alertname=SlowInference 'model=~gpt.*'",
  build: (verb, wrap) => {
    verb
      .command('add')
      .description('mutes the alerts that all the given matchers pass; prints the id')
      .argument(
        '<matcher...>',
        "label=value, label!=value, label=~regex, label!~regex; a bare word is the alert's name",
      )
      .option('--for <duration>', 'how long (default 1h)')
      .option('--start <time>', 'from when, RFC 3339 (default now)')
      .option('--end <time>', 'until when, RFC 3339, instead of --for')
      .option('--author <name>', 'who asks for it (default: the user)')
      .option('--comment <text>', 'why', '')
      .option('--times <HH:MM-HH:MM>', 'recurring: only at these times of the day')
      .option('--weekdays <range>', 'recurring: only on these days, for example monday:friday')
      .option('--location <zone>', 'time zone of --times and --weekdays (default UTC)')
      .option('--json', 'print as JSON')
      .action(wrap((environment, matchers: string[], options: AddOptions) => add(environment, matchers, options)));
    verb
      .command('list')
      .description('lists silences')
      .argument('[matcher...]', 'only those about these labels')
      .option('--expired', 'those that are over, too')
      .option('--json', 'print as JSON')
      .action(wrap((environment, matchers: string[], options: ListOptions) => list(environment, matchers, options)));
    verb
      .command('expire')
      .description('ends silences')
      .argument('<id...>')
      .action(wrap((environment, ids: string[]) => expire(environment, ids)));
  },
});

async function add(environment: CommandEnvironment, texts: readonly string[], options: AddOptions): Promise<ExitCode> {
  const matchers = readMatchers(texts);
  const at = systemClock.now();
  const start = options.start === undefined ? at : timeOf(options.start);
  const end = options.end === undefined ? start + parseDuration(options.for ?? '1h') : timeOf(options.end);
  const id = await clientOf(environment).createSilence({
    matchers: matchers.map(({ name, operator, value }) => ({
      name,
      value,
      isRegex: operator === '=~' || operator === '!~',
      isEqual: operator === '=' || operator === '=~',
    })),
    startsAt: new Date(start).toISOString(),
    endsAt: new Date(end).toISOString(),
    createdBy: options.author ?? userInfo().username,
    comment: options.comment,
    ...recurrenceOf(options),
  });
  environment.out(options.json === true ? `${JSON.stringify({ silenceID: id })}\n` : `${id}\n`);
  return EXIT.ok;
}

async function list(
  environment: CommandEnvironment,
  texts: readonly string[],
  options: ListOptions,
): Promise<ExitCode> {
  const all = await clientOf(environment).silences(readMatchers(texts).map(matcherText));
  const shown = options.expired === true ? all : all.filter(({ status }) => status.state !== 'expired');
  if (options.json === true) {
    environment.out(`${JSON.stringify(shown, undefined, 2)}\n`);
    return EXIT.ok;
  }
  if (shown.length === 0) {
    environment.out('No silences.\n');
    return EXIT.ok;
  }
  const at = systemClock.now();
  environment.out(
    renderTable<GettableSilence>(
      [
        { title: 'ID', cell: ({ id }) => id },
        { title: 'STATE', cell: ({ status }) => status.state },
        { title: 'MATCHERS', cell: matchersOf },
        {
          title: 'ENDS',
          cell: ({ endsAt }) => `${endsAt.slice(0, 16).replace('T', ' ')} (${fromNow(Date.parse(endsAt) - at)})`,
        },
        { title: 'BY', cell: ({ createdBy }) => createdBy },
        { title: 'COMMENT', cell: ({ comment }) => comment },
      ],
      shown,
    ),
  );
  return EXIT.ok;
}

async function expire(environment: CommandEnvironment, ids: readonly string[]): Promise<ExitCode> {
  for (const id of ids) await clientOf(environment).expireSilence(id);
  return EXIT.ok;
}

/** A bare word names an alert, as in amtool. */
function readMatchers(texts: readonly string[]): Matcher[] {
  return texts.flatMap((text) => (/[=!~]/.test(text) ? parseMatchers(text) : [new Matcher('alertname', '=', text)]));
}

function recurrenceOf({ times, weekdays, location }: AddOptions): { recurrence?: unknown } {
  if (times === undefined && weekdays === undefined) return {};
  const [start, end] = times?.split('-') ?? [];
  return {
    recurrence: {
      ...(times === undefined ? {} : { times: [{ start_time: start, end_time: end ?? '' }] }),
      ...(weekdays === undefined ? {} : { weekdays: [weekdays] }),
      ...(location === undefined ? {} : { location }),
    },
  };
}

function matchersOf({ matchers }: GettableSilence): string {
  return matchers
    .map(
      ({ name, value, isRegex, isEqual = true }) =>
        `${name}${isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!='}${JSON.stringify(value)}`,
    )
    .join(' ');
}

function fromNow(span: number): string {
  const text = formatDuration(Math.floor(Math.abs(span) / 60_000) * 60_000);
  return span < 0 ? `${text} ago` : `in ${text}`;
}

function timeOf(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new BadInputError(`"${text}" is not a time; write for example 2026-01-31T22:00:00Z`);
  return at;
}

function clientOf(environment: CommandEnvironment): AlertingClient {
  return new AlertingClient(environment.stackUrl, environment.signal);
}
