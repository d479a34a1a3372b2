/** A quantity over a replay; `at` goes from 0 to 1. */
export type Course = (at: number) => number;

/** What a model truly is at each time. */
export interface TrueModel {
  /** Chance of success. */
  readonly success: Course;
  /** 0 to 1. */
  readonly quality: Course;
  /** Milliseconds. */
  readonly latency: Course;
  readonly costUsd: Course;
}

/** Models whose ways change, and what a choice among them is judged by. */
export interface World {
  readonly models: readonly TrueModel[];
  readonly rounds: number;
  /** `success` alone, or the selector's `worth`: quality, latency and cost by its default weights, times success. */
  readonly judge: 'success' | 'worth';
}

const constant =
  (value: number): Course =>
  () =>
    value;

/** `before`, and from `when` on `after`. */
export const sudden =
  (before: number, after: number, when = 0.5): Course =>
  (at) =>
    at < when ? before : after;

/** From `before` to `after` in a straight line. */
export const gradual =
  (before: number, after: number, from = 0.5, to = 0.75): Course =>
  (at) =>
    at < from ? before : at > to ? after : before + ((after - before) * (at - from)) / (to - from);

/** `bad` between `from` and `to`, then `later`. */
export const dip =
  (before: number, bad: number, later: number, from = 0.5, to = 0.75): Course =>
  (at) =>
    at < from ? before : at < to ? bad : later;

interface Ways {
  readonly quality?: Course | number;
  readonly latency?: Course | number;
  readonly costUsd?: Course | number;
}

/** A model by its chance of success and what is special about it. */
export function model(
  success: Course | number,
  { quality = 0.7, latency = 1_000, costUsd = 0.01 }: Ways = {},
): TrueModel {
  const course = (value: Course | number): Course => (typeof value === 'number' ? constant(value) : value);
  return { success: course(success), quality: course(quality), latency: course(latency), costUsd: course(costUsd) };
}

const others = [model(0.85), model(0.75)];
const bySuccess = (...models: TrueModel[]): World => ({ models, rounds: 2_000, judge: 'success' });
const byWorth = (...models: TrueModel[]): World => ({ models, rounds: 2_000, judge: 'worth' });

/** Replays in which the model that is best at first becomes worse, in every way that a model can. */
export const DEGRADATIONS: Readonly<Record<string, World>> = {
  'falls to 0.40': bySuccess(model(sudden(0.95, 0.4)), ...others),
  'falls to 0.60': bySuccess(model(sudden(0.95, 0.6)), ...others),
  'falls to 0.75': bySuccess(model(sudden(0.95, 0.75)), ...others),
  'is dead': bySuccess(model(sudden(0.95, 0.02)), ...others),
  'falls, all are close': bySuccess(model(sudden(0.92, 0.7)), model(0.9), model(0.88)),
  'slides to 0.40': bySuccess(model(gradual(0.95, 0.4)), ...others),
  'slides slowly': bySuccess(model(gradual(0.95, 0.4, 0.3, 1)), ...others),
  'recovers in part': bySuccess(model(dip(0.95, 0.4, 0.8)), ...others),
  recovers: bySuccess(model(dip(0.95, 0.4, 0.95)), ...others),
  'two fall together': bySuccess(model(sudden(0.95, 0.4)), model(sudden(0.9, 0.5)), model(0.75)),
  'two fall in turn': bySuccess(model(sudden(0.95, 0.4, 0.4)), model(sudden(0.9, 0.5, 0.7)), model(0.75)),
  'another rises': bySuccess(model(0.8), model(sudden(0.5, 0.95)), model(0.7)),
  'all are poor': bySuccess(model(sudden(0.6, 0.2)), model(0.45), model(0.3)),
  'one of eight falls': bySuccess(
    model(sudden(0.95, 0.4)),
    ...[0.85, 0.75, 0.6, 0.7, 0.5, 0.8, 0.65].map((chance) => model(chance)),
  ),
  'becomes slow': byWorth(
    model(0.9, { latency: sudden(1_000, 6_000) }),
    model(0.9, { latency: 2_000 }),
    model(0.9, { latency: 3_000 }),
  ),
  'becomes slow by and by': byWorth(
    model(0.9, { latency: gradual(1_000, 6_000) }),
    model(0.9, { latency: 2_000 }),
    model(0.9, { latency: 3_000 }),
  ),
  'becomes dear': byWorth(
    model(0.9, { costUsd: sudden(0.01, 0.05) }),
    model(0.9, { costUsd: 0.02 }),
    model(0.9, { costUsd: 0.04 }),
  ),
  'answers badly': byWorth(
    model(0.95, { quality: sudden(0.9, 0.4) }),
    model(0.95, { quality: 0.75 }),
    model(0.95, { quality: 0.6 }),
  ),
  'becomes worse in all': byWorth(
    model(sudden(0.95, 0.6), { latency: sudden(1_000, 5_000), quality: sudden(0.9, 0.6) }),
    model(0.85, { latency: 1_500, quality: 0.8 }),
    model(0.75, { latency: 800, quality: 0.6 }),
  ),
};
