import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { CodedError, messageOf } from '../base/errors';
import { readEnvironment } from '../config';
import { EXIT } from './command';
import type { CommandDefinition, CommandEnvironment, ExitCode, Wrap } from './command';

/** Runs the command line in this process: its exit code, streams and signals. */
export async function runCli(argv: readonly string[], definitions: readonly CommandDefinition[]): Promise<void> {
  const abort = new AbortController();
  const onSignal = (): void => {
    // A second Ctrl-C ends at once.
    if (abort.signal.aborted) process.exit(130);
    abort.abort(new Error('interrupted'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader went away (`telltale … | head`): nothing is left to say.
    if (error.code === 'EPIPE') process.exit(0);
  });
  const stackUrl = (url: string | undefined): string =>
    (url ?? readEnvironment()['TELLTALE_URL'] ?? 'http://127.0.0.1:4319').replace(/\/$/, '');
  process.exitCode = await runCommand(argv.slice(2), definitions, (url) => ({
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    readStdin,
    interactive: process.stdout.isTTY === true,
    columns: process.stdout.columns ?? 100,
    signal: abort.signal,
    onHangup: (listener) => void process.on('SIGHUP', listener),
    cwd: process.cwd(),
    stackUrl: stackUrl(url),
  }));
  process.off('SIGINT', onSignal);
  process.off('SIGTERM', onSignal);
}

/** Runs one command line against a given environment; resolves with the exit code and never rejects. */
export async function runCommand(
  args: readonly string[],
  definitions: readonly CommandDefinition[],
  environmentFor: (url: string | undefined) => CommandEnvironment,
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = new Command('telltale');
  const environment = (): CommandEnvironment => environmentFor(program.opts<{ url?: string }>().url);
  program
    .description('Observability and alerting for AI coding assistants.')
    .version(version(), '-V, --version')
    .option('--url <url>', 'the running stack (default: TELLTALE_URL or http://127.0.0.1:4319)')
    .configureOutput({ writeOut: (text) => environment().out(text), writeErr: (text) => environment().err(text) })
    .showSuggestionAfterError()
    .showHelpAfterError('(telltale <verb> --help shows an example)')
    .exitOverride();

  const wrap: Wrap =
    (run) =>
    async (...given) => {
      const env = environment();
      try {
        exitCode = await run(env, ...given);
      } catch (error) {
        if (env.signal.aborted) return;
        env.err(
          `${error instanceof CodedError ? `${error.code}: ${error.message}` : `unexpected fault: ${messageOf(error)}`}\n`,
        );
        exitCode = EXIT.wrongUse;
      }
    };
  for (const definition of definitions) {
    const verb = program.command(definition.name).description(definition.doc);
    verb.copyInheritedSettings(program);
    verb.addHelpText('after', `\nExample:\n  ${definition.example}\n`);
    definition.build(verb, wrap);
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.wrongUse;
  }
  return exitCode;
}

function version(): string {
  const text: unknown = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8'));
  return typeof text === 'object' && text !== null && 'version' in text ? String(text.version) : 'unknown';
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk)));
  return Buffer.concat(chunks).toString('utf8');
}
