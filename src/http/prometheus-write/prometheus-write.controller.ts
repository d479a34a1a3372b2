import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { REMOTE_WRITE_RECEIVER, type RemoteWriteReceiver } from '../../ingest';

/** Prometheus remote write. */
@Controller()
export class PrometheusWriteController {
  constructor(@Inject(REMOTE_WRITE_RECEIVER) private readonly receiver: RemoteWriteReceiver) {}

  /** Body: a Snappy-compressed WriteRequest or io.prometheus.write.v2.Request. */
  @Post('api/v1/write')
  async write(@Req() request: Request, @Res() response: Response): Promise<void> {
    const body = await readBody(request, this.receiver.maxBytes);
    if (body === undefined) {
      response.status(413).type('text/plain').send(`the request is longer than ${this.receiver.maxBytes} bytes\n`);
      return;
    }
    const contentType = request.headers['content-type'] ?? '';
    const contentEncoding = request.headers['content-encoding'] ?? '';
    const { status, headers, text } = await this.receiver.receive(contentType, contentEncoding, body);
    response.status(status).set(headers);
    if (text === '') response.end();
    else response.type('text/plain').send(`${text}\n`);
  }
}

/** The raw body; undefined when it is too long. A parser before us may have read it already. */
async function readBody(request: Request, maxBytes: number): Promise<Buffer | undefined> {
  const parsed: unknown = request.body;
  if (Buffer.isBuffer(parsed)) return parsed.length > maxBytes ? undefined : parsed;
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue;
    size += part.length;
    if (size > maxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
