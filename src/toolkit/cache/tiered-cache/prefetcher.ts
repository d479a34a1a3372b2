/** Keys whose successors are remembered. */
const MAX_KEYS = 5_000;
const MAX_SUCCESSORS = 4;
/** Predictions that are judged before anything is fetched on them. */
const TRIAL = 30;
/** Part of the predictions that must come true. */
const PAYS = 0.5;
/** Predictions wait for this many accesses to come true. */
const PATIENCE = 20;

/**
 * Learns which key follows which, and predicts. It always predicts, but says so only while most of its predictions come true
 * shortly after: a prefetch that does not pay is not made.
 */
export class Prefetcher {
  private readonly successors = new Map<string, Map<string, number>>();
  private readonly open = new Map<string, number>();
  private last: string | undefined;
  private accesses = 0;
  private judged = 0;
  private right = 0;

  /** Whether its predictions are worth following. */
  get pays(): boolean {
    return this.judged >= TRIAL && this.right / this.judged >= PAYS;
  }

  /** Part of the judged predictions that came true, old ones fading. */
  get precision(): number {
    return this.judged === 0 ? 0 : this.right / this.judged;
  }

  /** A key was asked for. Returns the key that will be next, when that is likely and predicting pays. */
  onAccess(key: string): string | undefined {
    this.accesses++;
    this.judge(key);
    if (this.last !== undefined && this.last !== key) this.learn(this.last, key);
    this.last = key;
    const next = this.predict(key);
    if (next === undefined) return undefined;
    if (!this.open.has(next)) this.open.set(next, this.accesses);
    return this.pays ? next : undefined;
  }

  private judge(key: string): void {
    if (this.open.delete(key)) this.count(true);
    for (const [predicted, at] of this.open) {
      if (this.accesses - at <= PATIENCE) break;
      this.open.delete(predicted);
      this.count(false);
    }
  }

  private count(right: boolean): void {
    if (this.judged >= 200) {
      this.judged /= 2;
      this.right /= 2;
    }
    this.judged++;
    if (right) this.right++;
  }

  private learn(key: string, next: string): void {
    const known = this.successors.get(key) ?? new Map<string, number>();
    this.successors.delete(key);
    this.successors.set(key, known);
    known.set(next, (known.get(next) ?? 0) + 1);
    if (known.size > MAX_SUCCESSORS) {
      const rarest = [...known].reduce((least, each) => (each[1] < least[1] ? each : least));
      known.delete(rarest[0]);
    }
    const oldest = this.successors.keys().next();
    if (this.successors.size > MAX_KEYS && !oldest.done) this.successors.delete(oldest.value);
  }

  /** The most common successor, when it was seen twice and makes up half of what followed. */
  private predict(key: string): string | undefined {
    const known = this.successors.get(key);
    if (known === undefined) return undefined;
    let best: string | undefined;
    let most = 0;
    let all = 0;
    for (const [next, count] of known) {
      all += count;
      if (count > most) {
        most = count;
        best = next;
      }
    }
    return most >= 2 && most * 2 >= all ? best : undefined;
  }
}
