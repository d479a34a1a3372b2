import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Signal } from '../../otlp';
import { Destination } from './destination';
import type { DestinationParts } from './destination';
import type { ForwardConfig } from './forward.config';

/** Hands what was stored on to other OTLP receivers: a Collector, Jaeger, a vendor. */
export class Forwarder {
  private readonly destinations: readonly Destination[];

  /** @param parts.folder in which each destination has a folder of its own; absent: requests wait in memory. */
  constructor(configs: readonly ForwardConfig[], parts: DestinationParts) {
    const { folder, ...others } = parts;
    this.destinations = configs.map((config) => {
      if (folder === undefined) return new Destination(config, others);
      const name = createHash('sha256').update(config.endpoint).digest('hex').slice(0, 16);
      return new Destination(config, { ...others, folder: join(folder, name) });
    });
  }

  /** Takes up what waits on disk. */
  async start(): Promise<void> {
    await Promise.all(this.destinations.map((destination) => destination.start()));
  }

  /** Whether anyone wants a signal: if not, its requests need not be put together. */
  wants(signal: Signal): boolean {
    return this.destinations.some((destination) => destination.wants(signal));
  }

  /** Queues a request for everyone who wants its signal; resolves once it is on disk. Never rejects. */
  async offer(signal: Signal, body: Uint8Array<ArrayBuffer>): Promise<void> {
    const wanted = this.destinations.filter((destination) => destination.wants(signal));
    await Promise.all(wanted.map((destination) => destination.offer(signal, body)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.destinations.map((destination) => destination.stop()));
  }
}
