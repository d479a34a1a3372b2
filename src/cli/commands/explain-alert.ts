import { matcherText, parseMatchers } from '../../alerting';
import { NotFoundError } from '../../base/errors';
import { Labels } from '../../domain/labels';
import { Matcher } from '../../domain/matcher';
import { AlertingClient } from '../alerting-client';
import { EXIT } from '../command';
import type { CommandDefinition, CommandEnvironment, ExitCode } from '../command';

interface ExplainAlertOptions {
  readonly receiver?: string;
  readonly json?: boolean;
}

/** What of an explanation the command line reads. */
interface WireExplanation {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: string;
  readonly startsAt: string;
  readonly channels: readonly WireChannel[];
  readonly history: readonly {
    readonly time: string;
    readonly event: string;
    readonly receiver?: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
}

interface WireChannel {
  readonly receiver: string;
  readonly integration: string;
  readonly lastNotified: string | null;
  readonly nextPossible: string | null;
  readonly stages: readonly {
    readonly stage: string;
    readonly verdict: string;
    readonly text: string;
    readonly until: string | null;
  }[];
}

const SIGNS: Readonly<Record<string, string>> = { passed: '✓', stopped: '✗', waiting: '…' };

/** Adds `alert` to `telltale explain`: why an alert is told or not, stage by stage. */
export function withExplainAlert(explain: CommandDefinition): CommandDefinition {
  return {
    ...explain,
    build: (verb, wrap) => {
      explain.build(verb, wrap);
      verb
        .command('alert')
        .description(
          'tells for each receiver which stages an alert passed, where it stopped, and when it can be told next',
        )
        .argument('<alert...>', 'a fingerprint, an alert name, or matchers')
        .option('--receiver <name>', 'only this receiver')
        .option('--json', 'print as JSON')
        .action(wrap((environment, texts: string[], options: ExplainAlertOptions) => run(environment, texts, options)));
    },
  };
}

async function run(
  environment: CommandEnvironment,
  texts: readonly string[],
  options: ExplainAlertOptions,
): Promise<ExitCode> {
  const client = new AlertingClient(environment.stackUrl, environment.signal);
  const explanations: WireExplanation[] = [];
  for (const fingerprint of await fingerprintsOf(client, texts)) {
    const body = await client.why(fingerprint);
    if (isExplanation(body)) explanations.push(only(body, options.receiver));
  }
  if (options.json === true) environment.out(`${JSON.stringify(explanations, undefined, 2)}\n`);
  else for (const explanation of explanations) environment.out(textOf(explanation));
  return EXIT.ok;
}

async function fingerprintsOf(client: AlertingClient, texts: readonly string[]): Promise<string[]> {
  const [first] = texts;
  if (texts.length === 1 && first !== undefined && /^[0-9a-f]{16}$/.test(first)) return [first];
  const matchers = texts.flatMap((text) =>
    /[=!~]/.test(text) ? parseMatchers(text) : [new Matcher('alertname', '=', text)],
  );
  const alerts = await client.alerts(matchers.map(matcherText));
  if (alerts.length === 0) throw new NotFoundError(`no alert matches ${texts.join(' ')}`);
  return alerts.map(({ fingerprint }) => fingerprint);
}

function only(explanation: WireExplanation, receiver: string | undefined): WireExplanation {
  if (receiver === undefined) return explanation;
  return { ...explanation, channels: explanation.channels.filter((channel) => channel.receiver === receiver) };
}

function textOf(explanation: WireExplanation): string {
  const lines = [
    `${Labels.of(explanation.labels).toString()}  ${explanation.state} since ${explanation.startsAt}  [${explanation.fingerprint}]`,
  ];
  for (const channel of explanation.channels) {
    lines.push(`  to ${channel.receiver}${channel.integration === '' ? '' : ` (${channel.integration})`}`);
    for (const { stage, verdict, text, until } of channel.stages) {
      lines.push(
        `    ${SIGNS[verdict] ?? ' '} ${stage.padEnd(16)}${text}${until === null ? '' : `  [until ${until}]`}`,
      );
    }
    lines.push(
      `    last notified ${channel.lastNotified ?? 'never'}; next possible ${channel.nextPossible ?? 'not while this lasts'}`,
    );
  }
  if (explanation.history.length > 0) lines.push('  history');
  for (const { time, event, receiver, reason, message } of explanation.history.slice(0, 10)) {
    lines.push(
      `    ${time}  ${event}${receiver === undefined ? '' : ` ${receiver}`}${reason === undefined ? '' : `: ${reason}`}${message === undefined ? '' : ` (${message})`}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function isExplanation(body: unknown): body is WireExplanation {
  return typeof body === 'object' && body !== null && 'channels' in body && Array.isArray(body.channels);
}
