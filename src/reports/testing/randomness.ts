import { seededRandom } from '../../base/ids';
import type { Random } from '../../base/ids';
import { hashText } from './text-hash';

/** Draws from common distributions, each stream by its own name, so that one concern does not shift another's draws. */
export class Draws {
  private readonly random: Random;

  constructor(seed: number, ...name: readonly (string | number)[]) {
    this.random = seededRandom(hashText(`${seed}/${name.join('/')}`));
  }

  uniform(): number {
    return this.random();
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** From `low` (inclusive) to `high` (exclusive). */
  whole(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.whole(0, items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
  }

  /** Log-normal with one draw in fifty from a Pareto tail. */
  heavy(median: number, spread: number): number {
    const value = median * Math.exp(spread * this.normal());
    const tail = this.random();
    const stretch = this.random();
    return tail < 0.02 ? value * Math.min(12, (1 - stretch) ** -0.6) : value;
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.random());
  }

  hex(bytes: number): string {
    let text = '';
    while (text.length < bytes * 2)
      text += Math.floor(this.random() * 0x1_0000_0000)
        .toString(16)
        .padStart(8, '0');
    return text.slice(0, bytes * 2);
  }
}
