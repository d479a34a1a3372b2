import { request } from 'undici';
import { ResourceFailedError } from '../../../errors';
import type { Millis } from '../../../../base/clock';
import type { CacheTier } from './tier';

/** How an HTTP cache is spoken to. */
export interface HttpTierOptions {
  /** Keys are appended, URL-encoded. */
  readonly baseUrl: string;
  /** Sent with every request, e.g. a token. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The method that removes one key; default `PURGE`, as Varnish and Fastly understand it. */
  readonly purgeMethod?: string;
}

/**
 * Entries in an HTTP cache or CDN: `GET` reads, `PUT` writes with `Cache-Control` and `Surrogate-Key`, `PURGE` removes a key,
 * `PURGE` of the base with `Surrogate-Key` removes a tag, with `X-Purge-Pattern` a pattern.
 */
export class HttpTier implements CacheTier {
  readonly name = 'http';
  private readonly base: string;

  constructor(private readonly options: HttpTierOptions) {
    this.base = options.baseUrl.replace(/\/$/, '');
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const { statusCode, body } = await request(this.urlOf(key), { headers: { ...this.options.headers } });
    if (statusCode === 200) return new Uint8Array(await body.arrayBuffer());
    await body.dump();
    if (statusCode === 404) return undefined;
    throw new ResourceFailedError(`the HTTP cache answered ${statusCode}`);
  }

  async set(key: string, bytes: Uint8Array, ttl: Millis, tags: readonly string[]): Promise<void> {
    await this.send('PUT', this.urlOf(key), Buffer.from(bytes), {
      'content-type': 'application/octet-stream',
      'cache-control': `max-age=${Math.ceil(ttl / 1000)}`,
      ...(tags.length === 0 ? {} : { 'surrogate-key': tags.map(encodeURIComponent).join(' ') }),
    });
  }

  async delete(keys: readonly string[]): Promise<void> {
    await Promise.all(keys.map((key) => this.purge(this.urlOf(key), {})));
  }

  deleteTag(tag: string): Promise<void> {
    return this.purge(`${this.base}/`, { 'surrogate-key': encodeURIComponent(tag) });
  }

  deletePattern(pattern: string): Promise<void> {
    return this.purge(`${this.base}/`, { 'x-purge-pattern': pattern });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private purge(url: string, headers: Record<string, string>): Promise<void> {
    return this.send(this.options.purgeMethod ?? 'PURGE', url, undefined, headers);
  }

  private async send(
    method: string,
    url: string,
    bytes: Buffer | undefined,
    headers: Record<string, string>,
  ): Promise<void> {
    const { statusCode, body } = await request(url, {
      method,
      headers: { ...this.options.headers, ...headers },
      ...(bytes === undefined ? {} : { body: bytes }),
    });
    await body.dump();
    if (statusCode >= 400 && statusCode !== 404) throw new ResourceFailedError(`the HTTP cache answered ${statusCode}`);
  }

  private urlOf(key: string): string {
    return `${this.base}/${encodeURIComponent(key)}`;
  }
}
