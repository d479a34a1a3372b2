import { usualStep } from '../series';
import type { SeriesPoint } from '../series';
import { detectChangePoints } from './detect-change-points';
import type { ChangePoint, ChangePointOptions } from './detect-change-points';

/** A change point and the series, counted from 0, in which it is surest. */
export interface SharedChangePoint extends ChangePoint {
  readonly dimension: number;
}

/** Steps within which changes of several series are one change. */
const NEAR_STEPS = 5;
const USUAL_FALSE_PER_100 = 0.02;

/**
 * Where several series of one thing changed: each is judged by itself, all together are as rarely wrong as one would be, and
 * changes at nearly the same time are told once, as they are where they are surest. In order of time; `index` counts in the
 * series that `dimension` names.
 */
export function detectChangePointsTogether(
  all: readonly (readonly SeriesPoint[])[],
  options: ChangePointOptions = {},
): SharedChangePoint[] {
  const falsePer100 = (options.falsePer100 ?? USUAL_FALSE_PER_100) / Math.max(1, all.length);
  const found = all
    .flatMap((series, dimension) =>
      detectChangePoints(series, { ...options, falsePer100 }).map((point) => ({ ...point, dimension })),
    )
    .sort((one, other) => other.confidence - one.confidence || other.effect - one.effect);
  const near = NEAR_STEPS * Math.max(0, ...all.map((series) => usualStep(series)));
  const kept: SharedChangePoint[] = [];
  for (const point of found) if (!kept.some(({ t }) => Math.abs(t - point.t) <= near)) kept.push(point);
  return kept.sort((one, other) => one.t - other.t);
}
