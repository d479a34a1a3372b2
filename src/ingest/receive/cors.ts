import type { IncomingMessage, ServerResponse } from 'node:http';

/** Lets browsers of some origins send. */
export class CorsPolicy {
  private readonly origins: ReadonlySet<string>;

  /** @param origins `*` means any. */
  constructor(origins: readonly string[]) {
    this.origins = new Set(origins);
  }

  /** Sets the headers that an allowed origin needs; nothing for others. */
  apply(request: IncomingMessage, response: ServerResponse): void {
    const { origin } = request.headers;
    if (origin === undefined || !(this.origins.has('*') || this.origins.has(origin))) return;
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Vary', 'Origin');
    if (request.method !== 'OPTIONS') return;
    response.setHeader('Access-Control-Allow-Methods', 'POST, OPTIONS');
    response.setHeader(
      'Access-Control-Allow-Headers',
      request.headers['access-control-request-headers'] ?? 'content-type, content-encoding, authorization',
    );
    response.setHeader('Access-Control-Max-Age', '7200');
  }
}
