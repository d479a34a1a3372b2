import { spawn } from 'node:child_process';
import { z } from 'zod';
import { duration } from '../../../base/duration';
import { delivered, refused, retry } from '../../notify/delivery';
import type { Delivery } from '../../notify/delivery';
import { statusOf } from '../../notify/notification';
import { defineChannel } from '../channel';
import { webhookBody } from '../webhook/webhook';

const config = z.strictObject({
  send_resolved: z.boolean().default(true),
  /** The program and its arguments; no shell is involved. Arguments are templates. */
  command: z.array(z.string()).min(1),
  /** Its environment; nothing else is passed on but PATH. */
  environment: z.record(z.string(), z.string()).default({}),
  /** It is ended after that. */
  timeout: duration.default(10_000),
});

/** The exit code that asks for another attempt (EX_TEMPFAIL of sysexits). */
const TRY_AGAIN = 75;
const MAX_OUTPUT = 2000;

/** Runs a program with the webhook's JSON on its standard input. Off unless `alerting.delivery.allowCommands` is set. */
export const command = defineChannel({
  name: 'command',
  doc: 'Runs a program with the notification as JSON on its standard input; off by default.',
  pace: { concurrency: 2 },
  config,
  resolve: (given) => given,
  create: (options, { templates, allowCommands, clock }) => ({
    send: (notification, signal) => {
      if (!allowCommands) return Promise.resolve(refused('commands are off; set alerting.delivery.allowCommands'));
      const [program = '', ...rest] = options.command;
      const args = rest.map((text) => templates.text(text, notification));
      const environment = {
        PATH: '/usr/local/bin:/usr/bin:/bin',
        TELLTALE_STATUS: statusOf(notification),
        TELLTALE_RECEIVER: notification.receiver,
        TELLTALE_DELIVERY_ID: notification.id,
        ...options.environment,
      };
      const controller = new AbortController();
      const timer = clock.schedule(options.timeout, () => controller.abort());
      return runProgram(
        program,
        args,
        environment,
        webhookBody(notification, 0),
        AbortSignal.any([signal, controller.signal]),
      ).finally(() => timer.cancel());
    },
  }),
});

function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  input: string,
  signal: AbortSignal,
): Promise<Delivery> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, signal, stdio: ['pipe', 'ignore', 'pipe'], killSignal: 'SIGKILL' });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      if (errors.length < MAX_OUTPUT) errors += chunk.toString('utf8');
    });
    child.on('error', (error) =>
      resolve(
        signal.aborted
          ? retry('the program took too long', 'contextDeadlineExceeded')
          : refused(error.message, 'other'),
      ),
    );
    child.on('close', (code) => {
      if (code === 0) resolve(delivered());
      else if (code === TRY_AGAIN)
        resolve(retry(`${program} asks to try again: ${errors.slice(0, MAX_OUTPUT).trim()}`));
      else
        resolve(refused(`${program} ended with ${code ?? 'a signal'}: ${errors.slice(0, MAX_OUTPUT).trim()}`, 'other'));
    });
    // A program that does not read its input must not end us.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
