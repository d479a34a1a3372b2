import { SortedWindow } from './sorted-window';

/** How the highest numbers of each stretch are remembered. */
export interface EpisodeRarityOptions {
  /** Points of a stretch: what is closer together is one episode. */
  readonly stretch: number;
  /** Stretches remembered. */
  readonly capacity: number;
}

/** The share of stretches whose highest number counts as high. */
const HIGH_SHARE = 0.2;
const LEAST_STRETCHES = 6;
/** The mean excess of a rarity that is right: it is exponential with this mean, in units of -log10. */
const RIGHT_EXCESS = Math.LOG10E;
/** So many excesses count as much as the assumption that the rarity is right. */
const PRIOR = 6;

/**
 * How often a rarity as high as this one comes about, by episode: the highest of each stretch of points is remembered, for
 * much longer than single points could be, and beyond the usual the mean excess says how fast they become rare. What comes
 * in clusters counts once, and what one long event did makes the next one hardly less rare.
 */
export class EpisodeRarity {
  private readonly highest: SortedWindow;
  private current = 0;
  private points = 0;

  constructor(private readonly options: EpisodeRarityOptions) {
    this.highest = new SortedWindow(options.capacity);
  }

  /** The calibrated rarity, as -log10 of the share of points, of a rarity above the usual; undefined for others, and at first. */
  of(rarity: number): number | undefined {
    const known = this.highest.size;
    if (known < LEAST_STRETCHES) return undefined;
    const high = Math.ceil(known * HIGH_SHARE);
    const edge = this.highest.at(known - 1 - high);
    if (rarity <= edge) return undefined;
    let excess = PRIOR * RIGHT_EXCESS;
    for (let rank = known - high; rank < known; rank++) excess += this.highest.at(rank) - edge;
    const scale = excess / (high + PRIOR);
    return Math.log10((known * this.options.stretch) / high) + ((rarity - edge) / scale) * Math.LOG10E;
  }

  /** The most that an ordinary rarity may be calibrated to. */
  get ordinary(): number {
    return Math.log10(this.options.stretch / HIGH_SHARE);
  }

  /** Takes a rarity in. */
  add(rarity: number): void {
    if (rarity > this.current) this.current = rarity;
    if (++this.points < this.options.stretch) return;
    this.highest.add(this.current);
    this.points = 0;
    this.current = 0;
  }
}
