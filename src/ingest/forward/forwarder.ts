import type { Signal } from '../../otlp';
import { Destination } from './destination';
import type { DestinationParts } from './destination';
import type { ForwardConfig } from './forward.config';

/** Hands what was stored on to other OTLP receivers: a Collector, Jaeger, a vendor. */
export class Forwarder {
  private readonly destinations: readonly Destination[];

  constructor(configs: readonly ForwardConfig[], parts: DestinationParts) {
    this.destinations = configs.map((config) => new Destination(config, parts));
  }

  /** Whether anyone wants a signal: if not, its requests need not be put together. */
  wants(signal: Signal): boolean {
    return this.destinations.some((destination) => destination.wants(signal));
  }

  /** Queues a request for everyone who wants its signal. Never waits, never throws. */
  offer(signal: Signal, body: Uint8Array<ArrayBuffer>): void {
    for (const destination of this.destinations) if (destination.wants(signal)) destination.offer(signal, body);
  }

  async stop(): Promise<void> {
    await Promise.all(this.destinations.map((destination) => destination.stop()));
  }
}
