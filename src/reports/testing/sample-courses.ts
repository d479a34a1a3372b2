import { compareSamples } from '../statistics/compare-samples';
import type { Difference, Measured } from '../statistics/compare-samples';
import { Draws } from './randomness';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** How two samples that follow each other in time are to be. */
export interface SampleCourse {
  /** Measurements a side. */
  readonly size: number;
  /** Of the second against the first, as a share. */
  readonly shift: number;
  /** How much of a value's noise stays in the next. */
  readonly memory: number;
  /** Of the logarithm, without the tail. */
  readonly noise: number;
  /** Over both samples together, of the logarithm. */
  readonly trend: number;
  /** Half the height of the day, of the logarithm. */
  readonly cycle: number;
}

/** Durations of a service in two days or so: log-normal with memory, one value in thirty up to ten times too large. */
export function playSamples(seed: number, course: SampleCourse): [Measured[], Measured[]] {
  const { size, shift, memory, noise, trend, cycle } = course;
  const draws = new Draws(seed, 'samples');
  let state = draws.normal();
  const all = Array.from({ length: 2 * size }, (_, index) => {
    state = memory * state + Math.sqrt(1 - memory * memory) * draws.normal();
    const tail = draws.chance(1 / 30) ? draws.uniform() * Math.log(10) : 0;
    const t = index * 5 * MINUTE;
    const daily = cycle * Math.sin((2 * Math.PI * t) / DAY);
    const level = (trend * index) / (2 * size) + (index >= size ? Math.log1p(shift) : 0);
    return { t, value: 200 * Math.exp(noise * state + tail + daily + level) };
  });
  return [all.slice(0, size), all.slice(size)];
}

/** The usual course: a difference of five per cent should be seen in it. */
export const QUIET_COURSE: SampleCourse = { size: 1200, shift: 0, memory: 0.3, noise: 0.12, trend: 0, cycle: 0.2 };

/** What a comparison makes of the samples, with the chance of a false verdict and the least effect that are shipped. */
export function judgeSamples(
  seed: number,
  course: SampleCourse,
  alpha: number,
): { readonly difference: Difference | undefined; readonly verdict: boolean } {
  const [before, after] = playSamples(seed, course);
  const difference = compareSamples(before, after, { scale: 'ratio', alpha, consecutive: true });
  const verdict = difference !== undefined && difference.p < alpha && Math.abs(difference.effect) >= 0.02;
  return { difference, verdict };
}
