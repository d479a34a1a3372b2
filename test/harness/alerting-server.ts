import 'reflect-metadata';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Test } from '@nestjs/testing';
import { ALERTING, Alerting, alertingConfig } from '../../src/alerting';
import { CLOCK, systemClock } from '../../src/base/clock';
import type { Clock } from '../../src/base/clock';
import { systemRandom } from '../../src/base/ids';
import { silentLogger } from '../../src/base/logger';
import { noTelemetry } from '../../src/base/telemetry';
import { AlertmanagerController } from '../../src/http/alertmanager';
import { AlertsController } from '../../src/http/stack/alerts.controller';
import type { StateStore } from '../../src/storage';
import { MemoryStateStore } from '../../src/storage/memory/memory-state-store';

/** Alerting with its HTTP APIs on a port of its own. */
export interface AlertingServer {
  readonly url: string;
  readonly alerting: Alerting;
  stop(): Promise<void>;
}

/** Starts alerting from the text of an Alertmanager configuration. */
export async function startAlertingServer(
  configuration: string,
  options: { readonly state?: StateStore; readonly clock?: Clock; readonly config?: unknown } = {},
): Promise<AlertingServer> {
  const clock = options.clock ?? systemClock;
  const alerting = new Alerting({
    state: options.state ?? new MemoryStateStore(),
    clock,
    logger: silentLogger,
    telemetry: noTelemetry,
    random: systemRandom,
    config: alertingConfig.parse(options.config ?? {}),
    externalUrl: 'http://telltale.example',
    directory: process.cwd(),
    version: '0.1.0',
    alertmanagerFile: { path: `${process.cwd()}/alertmanager.yml`, text: configuration },
  });
  await alerting.start();
  const module = await Test.createTestingModule({
    controllers: [AlertmanagerController, AlertsController],
    providers: [
      { provide: ALERTING, useValue: alerting },
      { provide: CLOCK, useValue: clock },
    ],
  }).compile();
  const app = module.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  const address = app.getHttpServer().address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    alerting,
    stop: async () => {
      await app.close();
      await alerting.stop();
    },
  };
}

/** A webhook receiver that keeps what it gets. */
export interface WebhookSink {
  readonly url: string;
  readonly bodies: {
    readonly at: number;
    readonly headers: Readonly<Record<string, unknown>>;
    readonly body: unknown;
  }[];
  /** Decides the status of each answer; 200 without one. */
  answer: ((count: number) => number) | undefined;
  stop(): Promise<void>;
}

/** Starts a webhook receiver. */
export async function startWebhookSink(): Promise<WebhookSink> {
  const bodies: WebhookSink['bodies'] = [];
  let count = 0;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = sink.answer?.(++count) ?? 200;
      if (status === 200) {
        bodies.push({
          at: Date.now(),
          headers: request.headers,
          body: JSON.parse(Buffer.concat(chunks).toString('utf8')),
        });
      }
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sink: WebhookSink = {
    url: `http://127.0.0.1:${port}/`,
    bodies,
    answer: undefined,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return sink;
}

/** Waits until `condition` holds, asking often; rejects after `limit` milliseconds. */
export async function until(condition: () => boolean, limit = 10_000): Promise<void> {
  const end = Date.now() + limit;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`nothing happened within ${limit} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
