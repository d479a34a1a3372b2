import { KeyQueue } from './key-queue';
import { LruPolicy } from './lru';
import { S3FifoPolicy } from './s3-fifo';
import { WTinyLfuPolicy } from './w-tiny-lfu';
import type { EvictionPolicy } from './policy';

/** Hits by which a contestant must be ahead before it is followed, whatever else: fewer may be chance. */
const LEAST_LEAD = 8;
/** Of what a change costs: the lead in decayed hits that is worth it. */
const WORTH = 0.4;
/** The same for what a contestant gained without a pause, which is a change of what is asked for. */
const SUDDEN = 4;
/** Scores fade over this many times the capacity. */
const MEMORY = 100;
/** By how much more a lead must be, at most, where changes did not pay. */
const MOST_CAUTION = 16;
/** Hits by which LRU is ahead when it was left without need. */
const REGRET = 3;
/** A hit ratio at least so high is reckoned with: what is never hit costs nothing to give up, but may be chance. */
const LEAST_RATIO = 0.02;
/** Oldest strays among which the one that the fewest contestants keep is given up. */
const LOOK_AHEAD = 4;

interface Contestant {
  readonly policy: EvictionPolicy;
  /** Hits, the old ones fading slowly. */
  score: number;
  /** Hits that it is ahead of the leader, since it last was not. */
  lead: number;
  /** All hits. */
  hits: number;
  /** Keys that it would hold and that are not held: what following it costs at first. */
  missing: number;
}

/**
 * Follows whichever of LRU, S3-FIFO and W-TinyLFU does best. All three are played on all keys; the cache holds what the leader
 * would, and, after a change, what it held before until there is need of the room. A contestant takes over when it is ahead by more
 * than the change is worth: by its decayed score, which is bound to what the best gains but for the changes, or by a cumulative
 * sum that starts anew at zero (Page 1954) where the leader suddenly fails. A change that cost hits makes the next ones harder, one
 * that paid makes them easier, and the way back from one that costs is always open. LRU leads at first. Costs three lists of keys, and
 * one of those held.
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
  private hits = 0;
  /** Of the leader, of late: what is at stake. */
  private hitRatio = 0;
  private readonly ratioFading: number;
  private readonly scoreFading: number;
  private caution = 1;
  /** Whom the leader took over from, with the hits then. */
  private left: { readonly from: Contestant; readonly hits: number; readonly theirs: number } | undefined;
  /** Keys asked for since LRU's last hit. */
  private withoutHit = 0;
  /** LRU was left because it hit nothing, and the leader has not hit either so far. */
  private isTrial = false;

  constructor(private readonly capacity: number) {
    this.lru = toContestant(new LruPolicy(capacity));
    this.keeper = toContestant(new WTinyLfuPolicy(capacity));
    this.contestants = [this.lru, toContestant(new S3FifoPolicy(capacity)), this.keeper];
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
    this.hits++;
    this.play(key);
  }

  onInsert(key: string): readonly string[] {
    for (const each of this.contestants) if (each.policy.has(key)) each.missing--;
    this.held.add(key);
    this.play(key);
    if (this.held.size <= this.capacity) return [];
    const victim = this.evictStray() ?? this.evict();
    return victim === undefined ? [] : [victim];
  }

  onRemove(key: string): void {
    const isHeld = this.held.delete(key);
    this.strays.delete(key);
    for (const each of this.contestants) {
      if (!isHeld && each.policy.has(key)) each.missing--;
      each.policy.onRemove(key);
    }
  }

  /** The contestants give up as many, so that they go on playing for the room that there is. */
  evict(): string | undefined {
    const stray = this.evictStray();
    if (stray !== undefined) return stray;
    for (;;) {
      let own: string | undefined;
      for (const each of this.contestants) {
        const gone = each.policy.evict();
        if (gone !== undefined && !this.held.has(gone)) each.missing--;
        if (each === this.leader) own = gone;
      }
      if (own === undefined || this.held.has(own)) {
        if (own !== undefined) this.drop(own);
        return own;
      }
    }
  }

  has(key: string): boolean {
    return this.held.has(key);
  }

  private drop(key: string): void {
    this.held.delete(key);
    for (const each of this.contestants) if (each.policy.has(key)) each.missing++;
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
    this.drop(best);
    return best;
  }

  /** Plays a key, which is held by now, on all contestants. */
  private play(key: string): void {
    const leaderHits = this.leader.policy.has(key);
    const lruHits = this.lru.policy.has(key);
    for (const contestant of this.contestants) {
      const { policy } = contestant;
      const hits = policy.has(key);
      contestant.score = contestant.score * this.scoreFading + (hits ? 1 : 0);
      if (hits !== leaderHits) contestant.lead = Math.max(0, contestant.lead + (hits ? 1 : -1));
      if (hits) {
        contestant.hits++;
        policy.onHit(key);
        continue;
      }
      const gone = policy.onInsert(key);
      for (const each of gone) if (!this.held.has(each)) contestant.missing--;
      if (contestant !== this.leader) continue;
      this.strays.delete(key);
      for (const each of gone) if (this.held.has(each) && !this.strays.touch(each)) this.strays.push(each);
    }
    this.withoutHit = lruHits ? 0 : this.withoutHit + 1;
    if (leaderHits) this.isTrial = false;
    this.hitRatio += ((leaderHits ? 1 : 0) - this.hitRatio) * this.ratioFading;
    this.judge();
  }

  private judge(): void {
    const { leader } = this;
    if (this.isTrial) {
      // LRU was left for nothing: its keys are asked for again, those kept instead are not.
      if (this.lru.lead >= REGRET) this.follow(this.lru);
      return;
    }
    let best = leader;
    for (const each of this.contestants) {
      if (each !== leader && this.isWorthIt(each) && (best === leader || each.score > best.score)) best = each;
    }
    if (best !== leader) this.follow(best);
    else if (leader === this.lru && this.withoutHit >= this.capacity) {
      // Where the latest keys are never asked for again, nothing is lost by keeping older ones.
      this.follow(this.keeper);
      this.isTrial = true;
    }
  }

  private isWorthIt(contestant: Contestant): boolean {
    const ahead = contestant.score - this.leader.score;
    if (ahead < LEAST_LEAD && contestant.lead < LEAST_LEAD) return false;
    const isWayBack = contestant === this.left?.from && this.gainOfLastChange < 0;
    const cost = contestant.missing * Math.max(this.hitRatio, LEAST_RATIO) * (isWayBack ? 1 : this.caution);
    return ahead >= LEAST_LEAD + WORTH * cost || contestant.lead >= LEAST_LEAD + SUDDEN * cost;
  }

  /** Hits since the last change, less those that the one before would have had. */
  private get gainOfLastChange(): number {
    const { left } = this;
    return left === undefined ? 0 : this.hits - left.hits - (left.from.hits - left.theirs);
  }

  private follow(next: Contestant): void {
    if (this.left !== undefined && !this.isTrial) {
      const paid = this.gainOfLastChange >= 0;
      this.caution = paid ? Math.max(1, this.caution / 2) : Math.min(MOST_CAUTION, this.caution * 2);
    }
    this.left = { from: this.leader, hits: this.hits, theirs: this.leader.hits };
    this.leader = next;
    this.isTrial = false;
    this.withoutHit = 0;
    this.switchCount++;
    for (const each of this.contestants) each.lead = 0;
    while (this.strays.shift() !== undefined);
    for (const key of this.held) if (!next.policy.has(key)) this.strays.push(key);
  }
}

function toContestant(policy: EvictionPolicy): Contestant {
  return { policy, score: 0, lead: 0, hits: 0, missing: 0 };
}
