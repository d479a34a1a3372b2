import type { GettableAlert, GettableSilence, PostableSilence } from '../contracts/alertmanager';
import { askStack, StackUnreachableError } from './ask-stack';

/** Asks a running stack, or any Alertmanager, about alerts and silences. */
export class AlertingClient {
  constructor(
    private readonly baseUrl: string,
    private readonly signal: AbortSignal,
  ) {}

  /** @param filters matchers, one text each. */
  async silences(filters: readonly string[]): Promise<GettableSilence[]> {
    const body = await this.call('GET', `/api/v2/silences${query(filters)}`);
    return Array.isArray(body) ? body : [];
  }

  async createSilence(silence: PostableSilence): Promise<string> {
    const body = await this.call('POST', '/api/v2/silences', silence);
    return typeof body === 'object' && body !== null && 'silenceID' in body ? String(body.silenceID) : '';
  }

  async expireSilence(id: string): Promise<void> {
    await this.call('DELETE', `/api/v2/silence/${encodeURIComponent(id)}`);
  }

  async alerts(filters: readonly string[]): Promise<GettableAlert[]> {
    const body = await this.call('GET', `/api/v2/alerts${query(filters)}`);
    return Array.isArray(body) ? body : [];
  }

  why(fingerprint: string): Promise<unknown> {
    return this.call('GET', `/api/stack/alerts/${encodeURIComponent(fingerprint)}/why`);
  }

  /** @throws StackUnreachableError also where the other side refuses, with what it said. */
  private async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await askStack(this.baseUrl, path, {
      method,
      signal: this.signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok)
      throw new StackUnreachableError(`${this.baseUrl}${path} answers ${response.status}: ${saidIn(text)}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}

function query(filters: readonly string[]): string {
  return filters.length === 0 ? '' : `?${filters.map((filter) => `filter=${encodeURIComponent(filter)}`).join('&')}`;
}

/** Errors come as a JSON text or as `{ message }`. */
function saidIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'string') return body;
    if (typeof body === 'object' && body !== null && 'message' in body) return String(body.message);
  } catch {
    // Not JSON: shown as it is.
  }
  return text.slice(0, 300);
}
