import { collect, decodedBody, isEncoded } from './response-body';
import type { Readable } from 'node:stream';
import type { Answer } from './exchange';
import type { IncomingBody } from './incoming-body';
import type { HttpResponse } from './types';

/** An answer as callers see it; it becomes a stream only when its `body` is asked for, or has to be decoded. */
export class PooledResponse implements HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  private readonly incoming: IncomingBody;
  private readable: Readable | undefined;

  constructor(
    { status, headers, body }: Answer,
    readonly attempts: number,
  ) {
    this.status = status;
    this.headers = headers;
    this.incoming = body;
  }

  get body(): Readable {
    return (this.readable ??= decodedBody(this.incoming.stream(), this.headers['content-encoding']));
  }

  async text(): Promise<string> {
    return this.isStream ? (await collect(this.body)).toString() : this.incoming.text();
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  bytes(): Promise<Uint8Array> {
    return this.isStream ? collect(this.body) : this.incoming.collect();
  }

  async discard(): Promise<void> {
    if (this.readable === undefined) await this.incoming.drop();
    else await collect(this.readable);
  }

  private get isStream(): boolean {
    return this.readable !== undefined || isEncoded(this.headers['content-encoding']);
  }
}
