import type { SeriesPoint } from '../series';
import { NOISES, normal, randomFrom } from './generate';

/** A series whose events are known. */
export interface LabelledSeries {
  readonly name: string;
  readonly points: readonly SeriesPoint[];
  /** First points of the events, ascending. */
  readonly events: readonly number[];
}

const MINUTE = 60_000;
const DAY = 86_400_000;
const START = 1_700_000_000_000;

interface Draft {
  readonly steps: number[];
  readonly values: number[];
  readonly random: () => number;
  readonly events: readonly number[];
}

type Family = (draft: Draft) => void;

/** Length, usual step and number of events of a family, and what draws it. */
interface Recipe {
  readonly points: number;
  readonly step: number;
  readonly events: number;
  readonly draw: Family;
}

/** What real series of servers, counters, sensors and prices are like, with the events that people mark in them. */
const RECIPES: Readonly<Record<string, Recipe>> = {
  /** Mentions per five minutes: a daily and a weekly cycle, bursts all the time, a few great ones. */
  counts: { points: 6000, step: 5 * MINUTE, events: 3, draw: counts },
  /** Rides per half hour: two humps a day, quieter weekends; a holiday is an event. */
  rides: { points: 4000, step: 30 * MINUTE, events: 3, draw: rides },
  /** An hourly temperature that wanders; it falls, or the sensor hangs. */
  temperature: { points: 3000, step: 60 * MINUTE, events: 2, draw: temperature },
  /** A machine's temperature, sluggish; it collapses. */
  machine: { points: 6000, step: 5 * MINUTE, events: 2, draw: machine },
  /** Occupancy of a road at irregular steps. */
  road: { points: 2400, step: 8 * MINUTE, events: 2, draw: road },
  /** An idle processor with tasks now and then; a taller one, or a new level. */
  processor: { points: 4000, step: 5 * MINUTE, events: 2, draw: processor },
  /** A job every hour; it is missing, or runs denser or longer. */
  jobs: { points: 4000, step: 5 * MINUTE, events: 1, draw: jobs },
  /** Skewed latency; it is half as much again for two hours, or one request takes ages. */
  latency: { points: 4000, step: 5 * MINUTE, events: 2, draw: latency },
  /** Hourly prices. */
  prices: { points: 1600, step: 60 * MINUTE, events: 2, draw: prices },
};

/** One series of each family for each seed, and of every family one without an event. */
export function labelledSeries(seeds: readonly number[]): LabelledSeries[] {
  return Object.entries(RECIPES).flatMap(([name, recipe], family) => [
    ...seeds.map((seed) => draw(`${name} ${seed}`, recipe, 1000 * family + seed)),
    draw(`${name} without events`, { ...recipe, events: 0 }, 1000 * family + 500 + (seeds[0] ?? 0)),
  ]);
}

function draw(name: string, { points, step, events, draw: family }: Recipe, seed: number): LabelledSeries {
  const random = randomFrom(seed);
  // Events in stretches of their own, so that no two are close; none before a fifth is over.
  const stretch = (0.75 * points) / Math.max(1, events);
  const places = Array.from({ length: events }, (_, at) =>
    Math.floor(0.2 * points + stretch * (at + 0.15 + 0.7 * random())),
  );
  const draft: Draft = {
    random,
    events: places,
    steps: new Array<number>(points).fill(step),
    values: new Array<number>(points).fill(0),
  };
  family(draft);
  let t = START;
  return {
    name,
    events: places,
    points: draft.values.map((value, at) => ({ t: (t += draft.steps[at] ?? step), value })),
  };
}

/** Calls with each point's index and its place in the day (0 to 1) and week (0 to 7). */
function fill({ values, steps }: Draft, value: (at: number, ofDay: number, ofWeek: number) => number): void {
  let t = START;
  for (let at = 0; at < values.length; at++) {
    t += steps[at] ?? 0;
    values[at] = value(at, (t % DAY) / DAY, (t / DAY) % 7);
  }
}

function alter(
  { values }: Draft,
  from: number,
  length: number,
  change: (value: number, since: number) => number,
): void {
  for (let at = from; at < Math.min(values.length, from + length); at++)
    values[at] = change(values[at] ?? 0, at - from);
}

function wave(ofDay: number, peak: number): number {
  return Math.cos(2 * Math.PI * (ofDay - peak));
}

/** First-order autoregressive noise of unit variance. */
function wandering(random: () => number, phi: number): () => number {
  let state = normal(random);
  return () => (state = phi * state + Math.sqrt(1 - phi * phi) * normal(random));
}

function pareto(random: () => number, shape: number): number {
  return (1 - random()) ** (-1 / shape);
}

function counts(draft: Draft): void {
  const { random, events } = draft;
  const base = 10 + 50 * random();
  const slow = wandering(random, 0.99);
  let burst = 0;
  fill(draft, (_, ofDay, ofWeek) => {
    const rate = base * (1 + 0.6 * wave(ofDay, 0.7)) * (ofWeek >= 5 ? 0.6 : 1) * Math.exp(0.2 * slow());
    burst = random() < 0.004 ? base * pareto(random, 2) : 0.5 * burst;
    return Math.round(rate * Math.exp(0.35 * normal(random)) + burst);
  });
  for (const at of events) {
    const height = base * (12 + 10 * random());
    alter(draft, at, 30, (value, since) => Math.round(value + height * Math.exp(-since / 8)));
  }
}

function rides(draft: Draft): void {
  const { random, events } = draft;
  const noise = wandering(random, 0.7);
  fill(draft, (_, ofDay, ofWeek) => {
    const weekday = ofWeek < 5 ? 1 + 0.35 * wave(2 * ofDay, 0.7) : 0.9;
    return Math.round(15_000 * weekday * (1 + 0.5 * wave(ofDay, 0.8)) * (1 + 0.04 * noise()));
  });
  for (const at of events) {
    const share = random() < 0.6 ? 0.45 + 0.2 * random() : 1.5;
    alter(draft, at, 36, (value) => Math.round(value * share));
  }
}

function temperature(draft: Draft): void {
  const { random, events } = draft;
  const weather = wandering(random, 0.98);
  fill(
    draft,
    (at, ofDay) => 70 + 5 * Math.sin(at / 500) + 2 * wave(ofDay, 0.6) + 2.5 * weather() + 0.3 * normal(random),
  );
  events.forEach((from, index) => {
    const held = draft.values[from] ?? 0;
    alter(draft, from, index % 2 === 0 ? 40 : 60, (value) => (index % 2 === 0 ? value - 14 : held));
  });
}

function machine(draft: Draft): void {
  const { random, events } = draft;
  const slow = wandering(random, 0.997);
  fill(draft, () => 88 + 5 * slow() + 0.7 * normal(random));
  for (const at of events) {
    const depth = 25 + 40 * random();
    alter(draft, at, 60, (value, since) => value - depth * Math.min(1, (since + 1) / 6));
  }
}

function road(draft: Draft): void {
  const { random, events, steps } = draft;
  for (let at = 0; at < steps.length; at++)
    steps[at] = (random() < 0.01 ? 120 : 5 + 5 * Math.floor(2 * random())) * MINUTE;
  fill(draft, (_, ofDay) => Math.max(0, 8 + 6 * wave(ofDay, 0.55) + 3 * wave(2 * ofDay, 0.4) + 1.8 * normal(random)));
  events.forEach((from, index) => {
    alter(draft, from, index % 2 === 0 ? 3 : 20, (value) => value + (index % 2 === 0 ? 22 : 14));
  });
}

function processor(draft: Draft): void {
  const { random, events } = draft;
  const level = 2 + 40 * random();
  const noise = level * 0.04;
  fill(draft, () => {
    const task = random() < 0.003 ? level * (0.3 + 0.3 * random()) : 0;
    return Math.round(1000 * (level + task + noise * NOISES.laplace(random))) / 1000;
  });
  events.forEach((from, index) => {
    if (index % 2 === 0) alter(draft, from, 3, (value) => value + level * 1.2);
    else alter(draft, from, Infinity, (value) => value + level * 0.4);
  });
}

function jobs(draft: Draft): void {
  const { random, events } = draft;
  const every = [12, 24, 36][Math.floor(3 * random())] ?? 12;
  const [from = Infinity] = events;
  const event = Math.floor(3 * random());
  fill(draft, (at) => {
    const during = at >= from && at < from + 150;
    const period = during && event === 1 ? every / 4 : every;
    const length = during && event === 2 ? every / 2 : 2;
    const runs = at % period < length && !(during && event === 0);
    return (runs ? 40 + 4 * normal(random) : 10) + 0.8 * normal(random);
  });
}

function latency(draft: Draft): void {
  const { random, events } = draft;
  const slow = wandering(random, 0.6);
  fill(
    draft,
    (_, ofDay) => 45 * (1 + 0.08 * wave(ofDay, 0.6)) * Math.exp(0.05 * slow() + 0.03 * NOISES.skewed(random)),
  );
  events.forEach((from, index) => {
    alter(draft, from, index % 2 === 0 ? 24 : 2, (value) => value * (index % 2 === 0 ? 1.5 : 2.2));
  });
}

function prices(draft: Draft): void {
  const { random, events } = draft;
  const slow = wandering(random, 0.8);
  fill(draft, (_, ofDay) => 0.6 * (1 + 0.25 * wave(ofDay, 0.5)) * Math.exp(0.15 * slow() + 0.1 * normal(random)));
  for (const at of events) alter(draft, at, 3, (value) => value * (2.4 + random()));
}
