import type { Clock } from '../../../base/clock';
import { messageOf } from '../../../base/errors';
import { ScrapeFailedError } from '../errors';
import type { Target } from './target';

/** What a target answered. */
export interface ScrapedBody {
  readonly text: string;
  readonly contentType: string;
}

/** Gets the metrics of a target. Rejects with a ScrapeFailedError that says why there are none. */
export type FetchMetrics = (target: Target, signal: AbortSignal) => Promise<ScrapedBody>;

const ACCEPT = [
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6',
  'application/openmetrics-text;version=0.0.1;q=0.5',
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4',
  'text/plain;version=0.0.4;q=0.3',
  '*/*;q=0.2',
].join(',');

/** Gets metrics over HTTP. */
export const fetchMetrics: FetchMetrics = async (target, signal) => {
  const { job, timeout, url } = target;
  const headers: Record<string, string> = {
    accept: ACCEPT,
    'user-agent': 'telltale',
    'x-prometheus-scrape-timeout-seconds': String(timeout / 1000),
  };
  if (job.basic_auth) {
    const pair = `${job.basic_auth.username}:${job.basic_auth.password.reveal()}`;
    headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
  } else if (job.authorization) {
    headers['authorization'] = `${job.authorization.type} ${job.authorization.credentials.reveal()}`;
  }
  let response: Response;
  try {
    response = await fetch(url, { headers, signal, redirect: 'follow' });
  } catch (error) {
    const cause: unknown = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new ScrapeFailedError(`GET ${url}: ${messageOf(signal.aborted ? signal.reason : cause)}`, { cause: error });
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new ScrapeFailedError(`server returned HTTP status ${response.status} ${response.statusText}`);
  }
  return {
    text: await readBody(response, job.body_size_limit),
    contentType: response.headers.get('content-type') ?? '',
  };
};

async function readBody(response: Response, limit: number): Promise<string> {
  if (response.body === null) return '';
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw new ScrapeFailedError(`the body is longer than ${limit} bytes`);
    }
    parts.push(value);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Runs `work` with a signal that aborts after the timeout. */
export async function withTimeout<T>(
  clock: Clock,
  timeout: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const timer = clock.schedule(timeout, () => {
    controller.abort(new ScrapeFailedError(`no answer within ${timeout / 1000} s`));
  });
  try {
    return await work(controller.signal);
  } finally {
    timer.cancel();
  }
}
