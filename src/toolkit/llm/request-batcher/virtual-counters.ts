/**
 * Weighted tokens that each client was served, the "virtual token counter" of Sheng et al., Fairness in Serving Large
 * Language Models (OSDI 2024): the back-logged client with the least goes next, and a client that comes back from idling
 * is lifted to the virtual time, so that idling earns no credit.
 */
export class VirtualCounters {
  private readonly served = new Map<string, number>();
  private readonly queued = new Map<string, number>();
  /** The virtual time: the counter of the client picked last, before it was charged. */
  private floor = 0;

  constructor(private readonly weights: Readonly<Record<string, number>> = {}) {}

  /** A client queued an item. */
  enter(client: string): void {
    const waiting = this.queued.get(client) ?? 0;
    this.queued.set(client, waiting + 1);
    if (waiting === 0) this.served.set(client, Math.max(this.served.get(client) ?? 0, this.floor));
  }

  /** An item of the client left the queue. */
  leave(client: string): void {
    const waiting = (this.queued.get(client) ?? 1) - 1;
    if (waiting > 0) this.queued.set(client, waiting);
    else {
      this.queued.delete(client);
      this.forgetIdle();
    }
  }

  /** Moves the virtual time to the client that is about to be served. */
  pick(client: string): void {
    this.floor = Math.max(this.floor, this.of(client));
  }

  /** Counts tokens that the client was served; negative to give some back. */
  charge(client: string, tokens: number): void {
    const weight = this.weights[client] ?? 1;
    this.served.set(client, Math.max(0, this.of(client) + tokens / weight));
  }

  of(client: string): number {
    return this.served.get(client) ?? this.floor;
  }

  /** Clients remembered. */
  get size(): number {
    return this.served.size;
  }

  /** Those that the virtual time has passed would be lifted to it anyway. */
  private forgetIdle(): void {
    if (this.served.size < 2 * this.queued.size + 1_000) return;
    for (const [client, counter] of this.served) {
      if (counter <= this.floor && !this.queued.has(client)) this.served.delete(client);
    }
  }
}
