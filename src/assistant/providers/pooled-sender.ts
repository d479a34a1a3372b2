import type { HttpPool } from '../../toolkit/net';
import type { HttpSender, StreamedResponse } from './http-sender';

/** Posts by an HTTP pool. A model call may be repeated as long as no answer has begun. */
export class PooledSender implements HttpSender {
  constructor(private readonly pool: HttpPool) {}

  async post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: unknown,
    signal: AbortSignal,
  ): Promise<StreamedResponse> {
    const request = { url, method: 'POST', headers, body: JSON.stringify(body), signal, isRepeatable: true };
    return this.pool.request(request);
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}
