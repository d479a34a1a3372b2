import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { REMOTE_WRITE_RECEIVER, type RemoteWriteReceiver } from '../../ingest';
import { readBody } from '../read-body';

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
