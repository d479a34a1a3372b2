import { existsSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { commandClock } from '../../../base/clock';
import { BadInputError, messageOf } from '../../../base/errors';
import { defineCommand, EXIT } from '../../command';
import type { CommandEnvironment, ExitCode } from '../../command';
import { assistants } from './assistants';
import type { Assistant, Endpoints } from './assistants';
import { diffLines } from './diff';
import { chooseAssistants, listen } from './listen';
import { probePort, probeStack } from './probe';
import type { CheckOutcome } from './probe';
import { readSettings, undoSettings, writeSettings } from './settings-file';

interface DoctorOptions {
  readonly fix?: boolean;
  readonly undo?: boolean;
  readonly yes?: boolean;
  readonly listen?: string;
  readonly json?: boolean;
  readonly otlp?: string;
  readonly grpc?: string;
  readonly home?: string;
}

/**
 * `telltale doctor`: whether the stack takes each signal, whether the assistants on this machine send theirs to it, and
 * what is missing; writes their settings on request, and brings back what was there.
 */
export const doctor = defineCommand({
  name: 'doctor',
  doc: "checks the stack and the assistants' telemetry settings; writes and undoes them on request",
  example: 'telltale doctor --fix claude-code codex',
  build(verb, wrap) {
    verb
      .argument('[assistants...]', `of ${assistants.map(({ name }) => name).join(', ')}; all by default`)
      .option('--fix', 'write the settings that are missing, after showing the difference and asking')
      .option('--undo', 'bring back the settings as they were')
      .option('-y, --yes', 'do not ask')
      .option('--listen <seconds>', 'wait for what the assistants send, and name what did not come')
      .option('--otlp <url>', 'OTLP/HTTP endpoint (default: port 4318 beside the stack)')
      .option('--grpc <url>', 'OTLP/gRPC endpoint (default: port 4317 beside the stack)')
      .option('--home <folder>', "home folder of the assistants' settings")
      .option('--json', 'print the outcome as JSON')
      .action(wrap((env, names: string[], options: DoctorOptions) => run(env, names, options)));
  },
});

async function run(env: CommandEnvironment, names: readonly string[], options: DoctorOptions): Promise<ExitCode> {
  const unknown = names.find((name) => !assistants.some((assistant) => assistant.name === name));
  if (unknown !== undefined)
    throw new BadInputError(`no assistant "${unknown}"; known: ${assistants.map(({ name }) => name).join(', ')}`);
  const chosen = chooseAssistants(names);
  const home = options.home ?? homedir();
  const endpoints: Endpoints = {
    http: (options.otlp ?? beside(env.stackUrl, '4318')).replace(/\/$/, ''),
    grpc: (options.grpc ?? beside(env.stackUrl, '4317')).replace(/\/$/, ''),
  };
  if (options.undo === true) return undoAll(env, chosen, home);
  const outcomes: CheckOutcome[] = await probeStack(env.stackUrl, endpoints.http, commandClock, env.signal);
  outcomes.push(await probePort('grpc', endpoints.grpc, outcomes[0]?.ok === true));
  for (const assistant of chosen) outcomes.push(await checkAssistant(env, assistant, home, endpoints, options));
  if (options.listen !== undefined) outcomes.push(...(await hear(env, chosen, options.listen)));
  if (options.json === true) env.out(`${JSON.stringify(outcomes, undefined, 2)}\n`);
  else for (const { check, ok, detail } of outcomes) env.out(`${ok ? '✓' : '✗'} ${check}: ${detail}\n`);
  return outcomes.every(({ ok }) => ok) ? EXIT.ok : EXIT.findings;
}

/** Looks at an assistant's settings and, if asked to, writes them. */
async function checkAssistant(
  env: CommandEnvironment,
  assistant: Assistant,
  home: string,
  endpoints: Endpoints,
  options: DoctorOptions,
): Promise<CheckOutcome> {
  const path = assistant.path(home, platform());
  try {
    const text = await readSettings(path);
    const wrong = assistant.states(text, endpoints).filter(({ found, wanted }) => found !== wanted);
    if (wrong.length === 0) return { check: assistant.name, ok: true, detail: `${path} sends to ${endpoints.http}` };
    const missing = wrong.map(({ name, found }) =>
      found === undefined ? `${name} is not set` : `${name} is ${found}`,
    );
    if (options.fix !== true && !existsSync(dirname(path)))
      return {
        check: assistant.name,
        ok: false,
        detail: `${dirname(path)} is not there: ${assistant.title} was not used by this user; --fix writes its settings all the same`,
      };
    if (options.fix !== true)
      return { check: assistant.name, ok: false, detail: `${path}: ${missing.join(', ')}; --fix writes it` };
    const edited = assistant.apply(text, endpoints);
    env.err(`${assistant.title}: ${path}\n${diffLines(text, edited).join('\n')}\n`);
    if (!(await confirmed(env, options, `Write ${path}?`)))
      return { check: assistant.name, ok: false, detail: `${path} was left as it is` };
    await writeSettings(path, edited);
    return { check: assistant.name, ok: true, detail: `${path} was written; --undo brings back what was there` };
  } catch (error) {
    return { check: assistant.name, ok: false, detail: `${path}: ${messageOf(error)}` };
  }
}

async function undoAll(env: CommandEnvironment, chosen: readonly Assistant[], home: string): Promise<ExitCode> {
  let refused = false;
  for (const assistant of chosen) {
    const path = assistant.path(home, platform());
    try {
      env.out(`${path}: ${(await undoSettings(path)) ? 'as it was' : 'nothing to undo'}\n`);
    } catch (error) {
      refused = true;
      env.err(`${messageOf(error)}\n`);
    }
  }
  return refused ? EXIT.findings : EXIT.ok;
}

async function hear(env: CommandEnvironment, chosen: readonly Assistant[], text: string): Promise<CheckOutcome[]> {
  const seconds = Number(text);
  if (!(seconds > 0)) throw new BadInputError(`--listen is "${text}": expecting seconds`);
  env.err(`listening for ${seconds} s: use the assistant now\n`);
  return listen(env.stackUrl, chosen, seconds * 1000, commandClock, env.signal, (assistant, what) =>
    env.err(`  ${assistant.title}: ${what} arrived\n`),
  );
}

/** Without a terminal nobody can be asked: nothing is written unless `--yes` says so. */
async function confirmed(env: CommandEnvironment, options: DoctorOptions, question: string): Promise<boolean> {
  if (options.yes === true) return true;
  if (!env.interactive) {
    env.err('nothing was written: there is no terminal to ask at; --yes writes without asking\n');
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal: env.signal })).trim());
  } finally {
    terminal.close();
  }
}

function beside(stackUrl: string, port: string): string {
  const url = new URL(stackUrl);
  url.port = port;
  return url.origin;
}
