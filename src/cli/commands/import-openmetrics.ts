import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command as Commander } from 'commander';
import { systemClock } from '../../base/clock';
import type { EpochMillis } from '../../base/clock';
import { BadInputError } from '../../base/errors';
import { encodeRemoteWrite, parseExposition, REMOTE_WRITE_CONTENT_TYPES, snappyCompress } from '../../ingest';
import type { IncomingSample } from '../../storage';
import { askStack } from '../ask-stack';
import { EXIT } from '../command';
import type { CommandEnvironment, ExitCode, Wrap } from '../command';

interface Options {
  readonly json?: boolean;
  readonly label: readonly string[];
}

/** What an import did. */
interface Summary {
  readonly file: string;
  readonly series: number;
  readonly samples: number;
  readonly oldest: EpochMillis;
  readonly newest: EpochMillis;
  /** What the stack said about samples it did not take. */
  readonly refusals: readonly string[];
}

/** Samples in one request. */
const BATCH = 5000;

/** Adds `openmetrics` to `telltale import`: the samples of a text file, sent to the running stack. */
export function importOpenmetrics(verb: Commander, wrap: Wrap): void {
  verb
    .command('openmetrics <file>')
    .description('samples in OpenMetrics or Prometheus text, to the running stack; - reads standard input')
    .option('--json', 'print the summary as JSON')
    .option('--label <name=value>', 'adds a label to every series', (text: string, all: string[]) => [...all, text], [])
    .action(wrap((environment, file: string, options: Options) => run(environment, file, options)));
}

async function run(environment: CommandEnvironment, file: string, options: Options): Promise<ExitCode> {
  const text = file === '-' ? await environment.readStdin() : await readFile(resolve(environment.cwd, file), 'utf8');
  const contentType = /(?:^|\n)# EOF\n*$/.test(text) ? 'application/openmetrics-text' : 'text/plain';
  const { samples, metadata } = parseExposition(text, contentType);
  if (samples.length === 0) throw new BadInputError(`${file} holds no samples`);
  const extra = extraLabels(options.label);
  const now = systemClock.now();
  const incoming = samples
    .map(({ labels, value, t, exemplar }): IncomingSample => {
      const at = t ?? now;
      const marked = exemplar && { ...exemplar, t: exemplar.t === 0 ? at : exemplar.t };
      return { labels: labels.with(extra), t: at, value, ...(marked && { exemplar: marked }) };
    })
    .sort((a, b) => a.t - b.t);
  const refusals: string[] = [];
  for (let at = 0; at < incoming.length; at += BATCH) {
    const body = encodeRemoteWrite(incoming.slice(at, at + BATCH), at === 0 ? metadata : new Map(), '1.0');
    const refusal = await send(environment, snappyCompress(body));
    if (refusal !== '') refusals.push(refusal);
  }
  const summary: Summary = {
    file,
    series: new Set(incoming.map(({ labels }) => labels.key)).size,
    samples: incoming.length,
    oldest: incoming[0]?.t ?? now,
    newest: incoming.at(-1)?.t ?? now,
    refusals,
  };
  environment.out(options.json ? `${JSON.stringify(summary, null, 2)}\n` : sentences(summary));
  return refusals.length === 0 ? EXIT.ok : EXIT.findings;
}

/** Sends one request; what the stack said when it did not take everything. */
async function send({ stackUrl, signal }: CommandEnvironment, body: Uint8Array): Promise<string> {
  const response = await askStack(stackUrl, '/api/v1/write', {
    method: 'POST',
    headers: { 'content-type': REMOTE_WRITE_CONTENT_TYPES['1.0'], 'content-encoding': 'snappy' },
    body: new Uint8Array(body),
    signal,
  });
  const text = (await response.text()).trim();
  if (response.ok) return '';
  if (response.status === 400) return text;
  throw new BadInputError(`${stackUrl} answered ${response.status}: ${text}`);
}

function extraLabels(texts: readonly string[]): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals <= 0) throw new BadInputError(`--label ${text}: write name=value`);
    labels[text.slice(0, equals)] = text.slice(equals + 1);
  }
  return labels;
}

function sentences({ file, series, samples, oldest, newest, refusals }: Summary): string {
  const lines = [
    `${file}: ${samples} samples of ${series} series, ${new Date(oldest).toISOString()} to ${new Date(newest).toISOString()}`,
    ...refusals,
  ];
  return `${lines.join('\n')}\n`;
}
