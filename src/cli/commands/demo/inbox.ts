import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { Clock, EpochMillis } from '../../../base/clock';

/** What the demo reads of a webhook notification (Alertmanager's v4 JSON). */
const notification = z.object({
  status: z.enum(['firing', 'resolved']),
  receiver: z.string(),
  alerts: z.array(
    z.object({
      status: z.string(),
      labels: z.record(z.string(), z.string()),
      annotations: z.record(z.string(), z.string()),
      startsAt: z.string(),
    }),
  ),
});
export type WebhookNotification = z.output<typeof notification>;

/** Something that came in, and when. */
export interface Received<T> {
  readonly at: EpochMillis;
  readonly item: T;
}

/** Keeps what arrives and lets a story wait for it. */
export class Arrivals<T> {
  private readonly items: Received<T>[] = [];
  private readonly waiting = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  add(item: T): void {
    this.items.push({ at: this.clock.now(), item });
    for (const wake of this.waiting) wake();
  }

  get all(): readonly Received<T>[] {
    return this.items;
  }

  /** The first that passes, there already or still to come; undefined when the signal aborts before. */
  async first(passes: (item: T) => boolean, signal: AbortSignal): Promise<Received<T> | undefined> {
    for (;;) {
      const found = this.items.find(({ item }) => passes(item));
      if (found !== undefined || signal.aborted) return found;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
  }
}

/** A webhook receiver of the demo's own: whoever would be paged. */
export class Inbox {
  readonly arrivals: Arrivals<WebhookNotification>;
  private server: Server | undefined;

  constructor(clock: Clock) {
    this.arrivals = new Arrivals(clock);
  }

  /** Resolves with the URL to post to. */
  async start(): Promise<string> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const parsed = notification.safeParse(parseJson(Buffer.concat(chunks).toString('utf8')));
        if (parsed.success) this.arrivals.add(parsed.data);
        response.writeHead(parsed.success ? 200 : 400).end();
      });
    });
    this.server = server;
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${portOf(server)}/page-me`;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise<void>((resolve) => (this.server === undefined ? resolve() : this.server.close(() => resolve())));
  }
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
