import { once } from 'node:events';
import { Body, Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { CONTENT_TYPES, exposeMetrics, metricsRegistry, negotiateFormat } from '../instrument';
import { toServerSentEvent } from './chat-events';
import { CHAT_SERVICE, ChatService } from './chat-service';
import type { Request, Response } from 'express';
import type { ChatEvent } from './chat-events';

/** HTTP statuses of faults that are known before the answer begins. */
const STATUS: Readonly<Record<string, number>> = {
  CHAT_REQUEST: 400,
  POOL_TIMEOUT: 503,
  QUEUE_FULL: 503,
  MODEL_PROVIDER: 502,
};

/** The assistant's HTTP API. */
@Controller()
export class ChatController {
  constructor(@Inject(CHAT_SERVICE) private readonly chats: ChatService) {}

  /** Streams the answer as server-sent events; a fault before its first event is a JSON error with a status. */
  @Post('v1/chat')
  async chat(@Body() body: unknown, @Req() request: Request, @Res() response: Response): Promise<void> {
    const abort = new AbortController();
    response.once('close', () => abort.abort(new DOMException('the client went away', 'AbortError')));
    const sink = async (event: ChatEvent): Promise<void> => {
      if (!response.headersSent) {
        if (event.type === 'error') {
          response.status(STATUS[event.code] ?? 500).json({ error: { code: event.code, message: event.message } });
          return;
        }
        response.writeHead(200, {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-cache, no-transform',
          'x-accel-buffering': 'no',
        });
      }
      if (!response.write(toServerSentEvent(event)) && !abort.signal.aborted) {
        await once(response, 'drain', { signal: abort.signal });
      }
    };
    try {
      await this.chats.chat(body, sink, abort.signal);
    } catch (error) {
      if (!abort.signal.aborted && !request.destroyed) throw error;
    }
    if (!response.writableEnded) response.end();
  }

  /** For load balancers. */
  @Get('healthz')
  health(): { status: string } {
    return { status: 'ok' };
  }

  /** The process's metrics, in Prometheus' or OpenMetrics' text format. */
  @Get('metrics')
  async metrics(@Req() request: Request, @Res() response: Response): Promise<void> {
    const format = negotiateFormat(request.headers.accept);
    response.type(CONTENT_TYPES[format]).send(await exposeMetrics(metricsRegistry, format));
  }
}
