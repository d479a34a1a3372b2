import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import type { BenchDefinition } from '../base/bench';
import { systemClock } from '../base/clock';
import { seededRandom } from '../base/ids';
import { silentLogger } from '../base/logger';
import { noTelemetry } from '../base/telemetry';
import { Labels } from '../domain/labels';
import { Matcher } from '../domain/matcher';
import { MemoryStateStore } from '../storage/memory/memory-state-store';
import { Alerting } from './alerting';
import { alertingConfig } from './alerting.config';
import { Inhibitor } from './mute/inhibitor';
import { Silences } from './mute/silences';

const ALERTS = 10_000;
const GROUPS = 100;
const RULES = 1_000;

/** From 10,000 posted alerts to their webhooks, and what one check for silences and inhibition costs. */
export const bench: BenchDefinition = {
  name: 'alerting',
  run: async ({ out }) => {
    await throughput();
    const { wallSeconds, cpuSeconds, notifications } = await throughput();
    const { silenceMicros, silenceColdMicros, inhibitionMicros } = await checks();
    out(
      `10,000 alerts, 100 groups -> webhook   ${wallSeconds.toFixed(3)} s wall, ${cpuSeconds.toFixed(3)} s CPU, ${notifications} notifications`,
    );
    out(
      `silence check among ${RULES}             ${silenceMicros.toFixed(2)} µs (first time ${silenceColdMicros.toFixed(2)} µs)`,
    );
    out(`inhibition check among ${RULES} rules    ${inhibitionMicros.toFixed(2)} µs`);
    return { wallSeconds, cpuSeconds, silenceMicros, silenceColdMicros, inhibitionMicros };
  },
};

async function throughput(): Promise<{ wallSeconds: number; cpuSeconds: number; notifications: number }> {
  const receiver = await startReceiver();
  const alerting = new Alerting({
    state: new MemoryStateStore(),
    clock: systemClock,
    logger: silentLogger,
    telemetry: noTelemetry,
    random: seededRandom(1),
    config: alertingConfig.parse({}),
    externalUrl: 'http://telltale.example',
    directory: tmpdir(),
    alertmanagerFile: {
      path: '/bench.yml',
      text: `{route: {receiver: hook, group_by: [service], group_wait: 0s}, receivers: [{name: hook, webhook_configs: [{url: 'http://127.0.0.1:${receiver.port}/'}]}]}`,
    },
  });
  await alerting.start();
  const alerts = Array.from({ length: ALERTS }, (_, index) => ({
    labels: Labels.of({
      alertname: 'HighLatency',
      service: `service-${index % GROUPS}`,
      instance: `10.0.${index >> 8}.${index & 255}:9090`,
      severity: 'critical',
      region: 'eu-central-1',
    }),
    annotations: {
      summary: `p95 latency of instance ${index} is 4.2 s`,
      runbook_url: 'https://runbooks.example/latency',
    },
    generatorUrl: 'http://telltale.example/graph?g0.expr=latency',
  }));
  // What building the alerts has left behind is not the pipeline's.
  globalThis.gc?.();
  const cpu = process.cpuUsage();
  const start = performance.now();
  await alerting.post(alerts);
  await receiver.after(GROUPS);
  const wallSeconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  await alerting.stop();
  receiver.stop();
  return { wallSeconds, cpuSeconds: (used.user + used.system) / 1e6, notifications: GROUPS };
}

/** Answers webhooks in a process of its own, so that its work is not counted as ours; prints how many it has had. */
const RECEIVER = `
let count = 0;
const server = require('node:http').createServer((request, response) => {
  request.resume().on('end', () => {
    response.end();
    console.log(++count);
  });
});
server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
`;

async function startReceiver(): Promise<{ port: number; after(count: number): Promise<void>; stop(): void }> {
  const child = spawn(process.execPath, ['-e', RECEIVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  let [text, port] = ['', 0];
  const listeners = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    port = Number(/port (\d+)/.exec(text)?.[1] ?? 0);
    for (const listener of listeners) listener();
  });
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const listener = (): void => {
        if (!holds()) return;
        listeners.delete(listener);
        resolve();
      };
      listeners.add(listener);
      listener();
    });
  await until(() => port > 0);
  return {
    port,
    after: (count) => until(() => text.includes(`\n${count}\n`)),
    stop: () => void child.kill(),
  };
}

async function checks(): Promise<{ silenceMicros: number; silenceColdMicros: number; inhibitionMicros: number }> {
  const now = systemClock.now();
  const silences = new Silences(new MemoryStateStore(), systemClock, () => ({ retention: 1e9, capacity: 1e6 }));
  for (let i = 0; i < RULES; i++) {
    await silences.set({
      matchers: [new Matcher('service', '=', `service-${i}`), new Matcher('instance', '=~', `host-${i}-.*`)],
      startsAt: now,
      endsAt: now + 3_600_000,
      createdBy: 'bench',
      comment: '',
    });
  }
  const inhibitor = new Inhibitor(
    Array.from({ length: RULES }, (_, i) => ({
      name: `#${i}`,
      source: [new Matcher('alertname', '=', `Down-${i}`)],
      target: [new Matcher('severity', '=', 'warning'), new Matcher('service', '=', `service-${i}`)],
      equal: ['zone'],
    })),
  );
  for (let i = 0; i < RULES; i++) {
    inhibitor.update({ labels: Labels.of({ alertname: `Down-${i}`, zone: 'a' }), endsAt: now + 3_600_000 });
  }
  const targets = Array.from({ length: 20_000 }, (_, i) =>
    Labels.of({
      alertname: 'Slow',
      service: `service-${i % 2000}`,
      instance: `host-${i % 2000}-${i}`,
      severity: 'warning',
      zone: i % 2 === 0 ? 'a' : 'b',
    }),
  );
  for (const labels of targets) void labels.key;
  const time = (work: (labels: Labels) => unknown): number => {
    const start = performance.now();
    for (const labels of targets) work(labels);
    return ((performance.now() - start) * 1000) / targets.length;
  };
  const silenceColdMicros = time((labels) => silences.mutedBy(labels, now + 1));
  const silenceMicros = time((labels) => silences.mutedBy(labels, now + 1));
  inhibitor.find(targets[0] ?? Labels.EMPTY, now);
  const inhibitionMicros = time((labels) => inhibitor.find(labels, now + 1));
  return { silenceMicros, silenceColdMicros, inhibitionMicros };
}
