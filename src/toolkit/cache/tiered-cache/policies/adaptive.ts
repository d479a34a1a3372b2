import { KeyQueue } from './key-queue';
import { LruPolicy } from './lru';
import { S3FifoPolicy } from './s3-fifo';
import { WTinyLfuPolicy } from './w-tiny-lfu';
import type { EvictionPolicy } from './policy';

/** Hits by which a contestant must be ahead before it is followed, whatever else: fewer may be chance. */
const LEAST_LEAD = 12;
/** Of the capacity, times the hit ratio at stake: the lead that another needs to take over from LRU, and otherwise. */
const LEAD_OVER_LRU = 0.3;
const LEAD = 0.05;
/** The same for what a contestant gained without a pause, which is a change of what is asked for. */
const SUDDEN = 0.3;
/** Scores fade over this many times the capacity. */
const MEMORY = 30;
/** By how much more the lead over LRU must be after leaving it did not pay. */
const MOST_CAUTION = 2;
/** Oldest strays among which the one that the fewest contestants keep is given up. */
const LOOK_AHEAD = 4;

interface Contestant {
  readonly policy: EvictionPolicy;
  /** Hits, the old ones fading slowly. */
  score: number;
  /** Hits that it is ahead of the leader, since it last was not. */
  lead: number;
}

/**
 * Follows whichever of LRU, S3-FIFO and W-TinyLFU does best of late. All three are played on all keys; the cache holds what
 * the leader would, and, after a change, what it held before until there is need of the room. A contestant takes over when
 * its lead over the leader (a cumulative sum that starts anew at zero, Page 1954) is worth the change. LRU leads at first and is
 * left with caution, the more so when leaving it last cost hits; only where it gains nothing at all, it is left at once. Costs three lists of keys, and one of those held.
 */
export class AdaptivePolicy implements EvictionPolicy {
  readonly name = 'adaptive';
  private readonly lru: Contestant;
  /** The contestant that does not let go of old keys for new ones. */
  private readonly keeper: Contestant;
  private readonly contestants: readonly Contestant[];
  private leader: Contestant;
  private readonly held = new Set<string>();
  /** Held, but not by the leader. */
  private readonly strays = new KeyQueue();
  private switchCount = 0;
  /** Of the leader, of late: what is at stake. */
  private hitRatio = 0;
  private readonly ratioFading: number;
  private readonly scoreFading: number;
  /** Hits so far less those of LRU, and what it was when LRU was left. */
  private aheadOfLru = 0;
  private aheadWhenLeft = 0;
  private caution = 1;
  /** Keys asked for since LRU's last hit. */
  private withoutHit = 0;

  constructor(private readonly capacity: number) {
    this.lru = { policy: new LruPolicy(capacity), score: 0, lead: 0 };
    this.keeper = { policy: new WTinyLfuPolicy(capacity), score: 0, lead: 0 };
    this.contestants = [this.lru, { policy: new S3FifoPolicy(capacity), score: 0, lead: 0 }, this.keeper];
    this.leader = this.lru;
    this.ratioFading = 1 / Math.max(50, 2 * capacity);
    this.scoreFading = 1 - 1 / Math.max(1_000, MEMORY * capacity);
  }

  /** The policy in force. */
  get following(): string {
    return this.leader.policy.name;
  }

  /** How often another took over. */
  get switches(): number {
    return this.switchCount;
  }

  onHit(key: string): void {
    this.aheadOfLru++;
    this.play(key);
  }

  onInsert(key: string): readonly string[] {
    this.held.add(key);
    this.play(key);
    if (this.held.size <= this.capacity) return [];
    const victim = this.evictStray() ?? this.evict();
    return victim === undefined ? [] : [victim];
  }

  onRemove(key: string): void {
    this.held.delete(key);
    this.strays.delete(key);
    for (const { policy } of this.contestants) policy.onRemove(key);
  }

  /** The contestants give up as many, so that they go on playing for the room that there is. */
  evict(): string | undefined {
    const stray = this.evictStray();
    if (stray !== undefined) return stray;
    for (;;) {
      for (const { policy } of this.contestants) if (policy !== this.leader.policy) policy.evict();
      const key = this.leader.policy.evict();
      if (key === undefined || this.held.delete(key)) return key;
    }
  }

  has(key: string): boolean {
    return this.held.has(key);
  }

  private evictStray(): string | undefined {
    let best: string | undefined;
    let fewest = Infinity;
    for (const key of this.strays.oldest(LOOK_AHEAD)) {
      const keepers = this.contestants.reduce((count, { policy }) => count + (policy.has(key) ? 1 : 0), 0);
      if (keepers < fewest) {
        best = key;
        fewest = keepers;
      }
    }
    if (best === undefined) return undefined;
    this.strays.delete(best);
    this.held.delete(best);
    return best;
  }

  private play(key: string): void {
    const leaderHits = this.leader.policy.has(key);
    for (const contestant of this.contestants) {
      const { policy } = contestant;
      const hits = policy.has(key);
      contestant.score = contestant.score * this.scoreFading + (hits ? 1 : 0);
      if (hits !== leaderHits) contestant.lead = Math.max(0, contestant.lead + (hits ? 1 : -1));
      if (contestant === this.lru) {
        if (hits) this.aheadOfLru--;
        this.withoutHit = hits ? 0 : this.withoutHit + 1;
      }
      if (hits) {
        policy.onHit(key);
        continue;
      }
      const gone = policy.onInsert(key);
      if (contestant !== this.leader) continue;
      this.strays.delete(key);
      for (const each of gone) if (this.held.has(each) && !this.strays.touch(each)) this.strays.push(each);
    }
    this.hitRatio += ((leaderHits ? 1 : 0) - this.hitRatio) * this.ratioFading;
    this.judge();
  }

  private judge(): void {
    const { leader, capacity, hitRatio } = this;
    const lead = LEAST_LEAD + (leader === this.lru ? LEAD_OVER_LRU * this.caution : LEAD) * capacity * hitRatio;
    const sudden = LEAST_LEAD + SUDDEN * capacity * hitRatio * (leader === this.lru ? this.caution : 1);
    const lost = this.aheadWhenLeft - this.aheadOfLru;
    let best = leader;
    for (const each of this.contestants) {
      const isAhead =
        each.score - leader.score >= lead || each.lead >= (each === this.lru && lost >= lead ? lead : sudden);
      if (isAhead && (best === leader || each.score > best.score)) best = each;
    }
    // Where the latest keys are never asked for again, nothing is lost by keeping older ones.
    if (leader === this.lru && this.withoutHit >= capacity) best = this.keeper;
    if (best === leader) return;
    if (this.leader === this.lru) this.aheadWhenLeft = Math.max(0, this.aheadOfLru);
    else if (best === this.lru) {
      const paid = this.aheadOfLru > this.aheadWhenLeft;
      this.caution = paid ? 1 : MOST_CAUTION;
    }
    this.leader = best;
    this.switchCount++;
    for (const each of this.contestants) each.lead = 0;
    while (this.strays.shift() !== undefined);
    for (const key of this.held) if (!best.policy.has(key)) this.strays.push(key);
  }
}
