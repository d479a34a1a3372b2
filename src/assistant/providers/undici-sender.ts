import { Agent } from 'undici';
import type { HttpSender, StreamedResponse } from './http-sender';

/** Posts over kept-alive connections. */
export class UndiciSender implements HttpSender {
  private readonly agent = new Agent({ connections: 32, headersTimeout: 60_000, bodyTimeout: 120_000 });

  async post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: unknown,
    signal: AbortSignal,
  ): Promise<StreamedResponse> {
    const { origin, pathname, search } = new URL(url);
    const response = await this.agent.request({
      origin,
      path: pathname + search,
      method: 'POST',
      headers: { ...headers },
      body: JSON.stringify(body),
      signal,
    });
    return { status: response.statusCode, body: response.body };
  }

  close(): Promise<void> {
    return this.agent.close();
  }
}
