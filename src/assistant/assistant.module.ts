import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { systemClock } from '../base/clock';
import { assemble } from './assemble';
import { assistantConfig } from './assistant.config';
import { ChatController } from './chat.controller';
import { CHAT_SERVICE } from './chat-service';
import { Incident } from './incident';
import type { DynamicModule } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { z } from 'zod';
import type { Clock } from '../base/clock';
import type { AssistantConfig } from './assistant.config';
import type { ChatService } from './chat-service';
import type { IncidentName } from './incident';

/** The reference assistant as a Nest module. */
@Module({})
export class AssistantModule {
  /** Serves chats with that service. */
  static register(chats: ChatService): DynamicModule {
    return {
      module: AssistantModule,
      controllers: [ChatController],
      providers: [{ provide: CHAT_SERVICE, useValue: chats }],
      exports: [CHAT_SERVICE],
    };
  }
}

/** How an assistant is started: its configuration, and what only code can give. */
export interface AssistantOptions extends z.input<typeof assistantConfig> {
  /** A configuration that was read and checked before, as the `assistant:` section is; other keys are then not looked at. */
  readonly configured?: AssistantConfig;
  readonly clock?: Clock;
  /** Begins with this incident on. */
  readonly incident?: IncidentName;
}

/** An assistant that listens. */
export interface RunningAssistant extends AsyncDisposable {
  /** e.g. `http://127.0.0.1:40123`; chats go to `POST /v1/chat`. */
  readonly url: string;
  /** Makes it go wrong, and well again. */
  readonly incident: Incident;
  /** Ends running chats, closes everything. Idempotent. */
  stop(): Promise<void>;
}

/** Starts the assistant on a port of its own. Spans go to the global OpenTelemetry provider, metrics to the registry. */
export async function startAssistant(options: AssistantOptions = {}): Promise<RunningAssistant> {
  const { clock = systemClock, incident: first, configured, ...settings } = options;
  const config = configured ?? assistantConfig.parse(settings);
  const incident = new Incident(first);
  const assembled = await assemble(config, incident, clock);
  try {
    const application = await NestFactory.create<NestExpressApplication>(AssistantModule.register(assembled.chats), {
      logger: false,
      forceCloseConnections: true,
    });
    application.useBodyParser('json', { limit: '1mb' });
    await application.listen(config.port, config.host);
    let stopping: Promise<void> | undefined;
    const stop = (): Promise<void> =>
      (stopping ??= (async () => {
        incident.end();
        await application.close();
        await assembled[Symbol.asyncDispose]();
      })());
    return { url: await application.getUrl(), incident, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await assembled[Symbol.asyncDispose]();
    throw error;
  }
}
