import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAssistant, Workload } from '../../../assistant';
import { systemClock } from '../../../base/clock';
import { loadConfig } from '../../../config';
import { startTelemetry } from '../../../instrument/export/start-telemetry';
import { startStack } from '../../../main';
import { shippedFolder } from '../../../stack/shipped';
import { EXIT } from '../../command';
import type { CommandEnvironment, ExitCode } from '../../command';
import { Inbox } from './inbox';
import { Mailbox } from './mailbox';
import { Narrator } from './narrator';
import { routingOf, ruleFileOf } from './scenarios';
import type { Scenario } from './scenarios';
import { StackClient } from './stack-client';
import { tellStory } from './story';

/** How the demo is played. */
export interface DemoOptions {
  readonly scenario: string;
  readonly once?: boolean;
  readonly data?: string;
  readonly port?: string;
  readonly seed: string;
}

/** Starts everything, tells the story and ends everything. */
export async function play(
  environment: CommandEnvironment,
  scenario: Scenario,
  options: DemoOptions,
): Promise<ExitCode> {
  const clock = systemClock;
  const narrator = new Narrator(clock, (text) => environment.out(text), environment.interactive);
  const closing: (() => Promise<unknown>)[] = [];
  const cleanUp = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close().catch(() => undefined);
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'telltale-demo-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const inbox = new Inbox(clock);
    const mailbox = new Mailbox(clock);
    const webhookUrl = await inbox.start();
    closing.push(() => inbox.stop());
    const smtpPort = await mailbox.start();
    closing.push(() => mailbox.stop());
    await writeFile(join(folder, 'demo.yml'), ruleFileOf(scenario));
    await writeFile(join(folder, 'alertmanager.yml'), routingOf(webhookUrl, smtpPort));

    narrator.say('Starting the stack and a coding assistant with a simulated model (no network, no keys).');
    // Its stores may be real servers; its model is always the simulated one, so that the story is the same.
    const { assistant: configured } = loadConfig({ cwd: environment.cwd });
    const assistant = await startAssistant({
      configured: { ...configured, provider: { kind: 'simulated', seed: Number(options.seed), speed: 1 } },
    });
    closing.push(() => assistant.stop());
    const port = options.port === undefined ? await freePort(4319) : Number(options.port);
    const otlpPorts = (await isFree(4317)) && (await isFree(4318));
    const config = loadConfig({
      cwd: environment.cwd,
      overrides: [
        { path: ['data'], value: options.data ?? join(folder, 'data') },
        { path: ['server', 'port'], value: port },
        { path: ['otlp', 'ports'], value: otlpPorts },
        { path: ['log', 'level'], value: 'warn' },
        {
          path: ['rules', 'files'],
          value: [join(shippedFolder('alerts', environment.cwd), '*.yml'), join(folder, 'demo.yml')],
        },
        { path: ['alertmanager', 'config'], value: join(folder, 'alertmanager.yml') },
        { path: ['scrape', 'interval'], value: '1s' },
        {
          path: ['scrape', 'jobs'],
          value: [{ job_name: 'assistant', static_configs: [{ targets: [new URL(assistant.url).host] }] }],
        },
      ],
    });
    const stack = await startStack(config, { cwd: environment.cwd, out: (text) => environment.err(text) });
    closing.push(() => stack.stop());
    const telemetry = startTelemetry({
      serviceName: 'coding-assistant',
      endpoint: stack.url,
      libraries: false,
      otherSignals: false,
      batch: { delay: 500 },
    });
    closing.push(() => telemetry.shutdown());
    narrator.say(`Stack: ${stack.url}   assistant: ${assistant.url}`);

    const workload = new Workload({ url: assistant.url, seed: Number(options.seed), concurrency: 4 });
    const endOfWork = new AbortController();
    const working = workload.run(AbortSignal.any([endOfWork.signal, environment.signal]));
    closing.push(async () => {
      endOfWork.abort();
      await working;
    });
    const ok = await tellStory({
      clock,
      narrator,
      scenario,
      stage: {
        beginIncident: () => assistant.incident.begin(scenario.name),
        endIncident: () => assistant.incident.end(),
        progress: () => workload.result,
      },
      stack: new StackClient(stack.url),
      webhooks: inbox.arrivals,
      mails: mailbox.arrivals,
      columns: environment.columns,
      signal: environment.signal,
    });
    if (environment.signal.aborted) return EXIT.ok;
    if (ok) tellNext(narrator, stack.url);
    if (options.once !== true && ok) {
      narrator.say('The stack stays up; Ctrl-C ends it.');
      await new Promise<void>((resolve) =>
        environment.signal.addEventListener('abort', () => resolve(), { once: true }),
      );
    }
    return ok ? EXIT.ok : EXIT.findings;
  } catch (error) {
    if (environment.signal.aborted) return EXIT.ok;
    throw error;
  } finally {
    await cleanUp();
  }
}

function tellNext(narrator: Narrator, url: string): void {
  narrator.heading('Where to look next');
  narrator.quote(
    [
      `${url}              the web UI: overview, traces, sessions, alerts, explore`,
      `telltale query 'sum by (stage) (rate(telltale_operations_total[1m]))'`,
      `telltale explain InferenceSlow              a shipped rule in plain words, with its current value`,
      `alerts/*.yml, dashboards/*.json            what ships; both work in Prometheus and Grafana unchanged`,
      `README.md                                  how to decorate your own service`,
    ].join('\n'),
  );
}

async function freePort(wanted: number): Promise<number> {
  return (await isFree(wanted)) ? wanted : 0;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
