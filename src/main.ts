import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module';
import { createLogger } from './base/logger';
import { systemClock } from './base/clock';
import { loadConfig } from './config';
import type { StackConfig } from './config';
import { ErrorFilter } from './http/error.filter';
import { createStack } from './stack/stack';
import type { Intake } from './stack/ingest';

/** What is around a stack. */
export interface StackSurroundings {
  readonly cwd: string;
  /** Takes our log's lines. */
  out(text: string): void;
  /** Reads the configuration anew, for `POST /-/reload` and SIGHUP. */
  readonly reread?: () => StackConfig;
}

/** A stack that takes work. */
export interface RunningStack {
  /** Where the main port listens. */
  readonly url: string;
  /** Takes telemetry of this very process, past the wire: `startTelemetry({ handOver: stack.intake })`. */
  readonly intake: Intake;
  /** Takes up what the configuration says now; resolves with what stood in the way. */
  reload(): Promise<string[]>;
  /** Stops in the reverse order of the start; what was acknowledged is on disk. Never rejects. */
  stop(): Promise<void>;
}

/** Builds and starts a stack: stores, ingest, rules, alerting, then the ports. */
export async function startStack(config: StackConfig, { out, reread }: StackSurroundings): Promise<RunningStack> {
  const logger = createLogger(out, config.log.level, () => systemClock.now());
  const stack = createStack(config, { clock: systemClock, logger, ...(reread === undefined ? {} : { reread }) });
  const application = await NestFactory.create<NestExpressApplication>(AppModule.forStack(stack), {
    logger: false,
    abortOnError: false,
    bodyParser: false,
    forceCloseConnections: true,
  });
  application.disable('x-powered-by');
  // Binary bodies (OTLP, remote write) are read by those who know their limits, before the parsers of JSON and forms.
  for (const middleware of stack.rawBodies) application.use(middleware);
  application.useBodyParser('json', { limit: config.server.maxBodyBytes });
  application.useBodyParser('urlencoded', { limit: config.server.maxBodyBytes, extended: true });
  application.useGlobalFilters(new ErrorFilter(logger));
  let url = stack.externalUrl;
  stack.lifecycle.add({
    name: `port ${config.server.port}`,
    phase: 'http',
    start: async () => {
      await application.listen(config.server.port, config.server.host);
      url = await application.getUrl();
    },
    stop: () => application.close(),
  });
  await stack.lifecycle.start();
  stack.setReady(true);
  logger.info('stack is ready', { url, data: config.data });
  return {
    url,
    intake: stack.intake,
    reload: () => stack.reload(),
    stop: async () => {
      stack.setReady(false);
      await stack.lifecycle.stop();
    },
  };
}

/** `node dist/main.js`: a stack from the configuration alone, for `nest start`. */
async function main(): Promise<void> {
  const read = (): StackConfig => loadConfig({ cwd: process.cwd() });
  const running = await startStack(read(), {
    cwd: process.cwd(),
    out: (text) => void process.stderr.write(text),
    reread: read,
  });
  process.on('SIGHUP', () => void running.reload());
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void running.stop().then(() => process.exit(0)));
}

if (require.main === module) void main();
