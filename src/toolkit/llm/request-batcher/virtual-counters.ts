/**
 * Weighted tokens that each client was served, the "virtual token counter" of Sheng et al., Fairness in Serving Large
 * Language Models (OSDI 2024): the back-logged client with the least goes next, and a client that comes back from idling
 * is lifted to the virtual time, so that idling earns no credit. As in generalised processor sharing (Parekh and Gallager,
 * 1993) that time goes on with what is served, by the weights of all who wait: an endless row of newcomers, each with one
 * request, cannot hold it still and starve those who came before.
 */
export class VirtualCounters {
  private readonly served = new Map<string, number>();
  private readonly queued = new Map<string, number>();
  private queuedWeight = 0;
  /** The virtual time: never behind the counter of the client picked last, before it was charged. */
  private floor = 0;
  /** The highest counter so far, which the virtual time does not pass. */
  private highest = 0;

  constructor(private readonly weights: Readonly<Record<string, number>> = {}) {}

  /** A client queued an item. */
  enter(client: string): void {
    const waiting = this.queued.get(client) ?? 0;
    this.queued.set(client, waiting + 1);
    if (waiting > 0) return;
    this.queuedWeight += this.weightOf(client);
    this.served.set(client, Math.max(this.served.get(client) ?? 0, this.floor));
  }

  /** An item of the client left the queue. */
  leave(client: string): void {
    const waiting = (this.queued.get(client) ?? 1) - 1;
    if (waiting > 0) this.queued.set(client, waiting);
    else {
      this.queued.delete(client);
      this.queuedWeight = this.queued.size === 0 ? 0 : this.queuedWeight - this.weightOf(client);
      this.forgetIdle();
    }
  }

  /** Moves the virtual time to the client that is about to be served. */
  pick(client: string): void {
    this.floor = Math.max(this.floor, this.of(client));
  }

  /** Counts tokens that the client was served; negative to give some back. */
  charge(client: string, tokens: number): void {
    const weight = this.weightOf(client);
    const counter = Math.max(0, this.of(client) + tokens / weight);
    this.served.set(client, counter);
    this.highest = Math.max(this.highest, counter);
    const sharing = this.queued.has(client) ? this.queuedWeight : this.queuedWeight + weight;
    if (tokens > 0) this.floor = Math.max(this.floor, Math.min(this.highest, this.floor + tokens / sharing));
  }

  of(client: string): number {
    return this.served.get(client) ?? this.floor;
  }

  /** Clients remembered. */
  get size(): number {
    return this.served.size;
  }

  private weightOf(client: string): number {
    return this.weights[client] ?? 1;
  }

  /** Those that the virtual time has passed would be lifted to it anyway. */
  private forgetIdle(): void {
    if (this.served.size < 2 * this.queued.size + 1_000) return;
    for (const [client, counter] of this.served) {
      if (counter <= this.floor && !this.queued.has(client)) this.served.delete(client);
    }
  }
}
