import { drawInSurprises } from './clean';
import { growing, phasesOf, wavesOf } from './season-basis';
import type { SeasonBasis } from './season-basis';
import { cutPenalty, fitModel, modelWith } from './segment-model';
import type { ModelInput, ModelSpec, SegmentModel } from './segment-model';

/** Autocorrelations tried first; the neighbourhood of the best is tried after. */
const COARSE_PHI = [0, 0.35, 0.65, 0.88];
const FINE_PHI = 0.12;
const MOST_PHI = 0.93;
const COARSE_PLACES = 120;
/** Points of what is taken for an excursion when outliers are looked for. */
const EXCURSION = 10;
const FAMILIES: readonly Pick<ModelSpec, 'shape' | 'drift'>[] = [
  { shape: 'level', drift: 0 },
  { shape: 'level', drift: 1 },
  { shape: 'level', drift: 3 },
  { shape: 'line', drift: 0 },
];

/** Autocorrelations a season is chosen under. */
const SEASON_PHI = [0.1, 0.7];
/** Fractions of a period a pattern is made of, coarse to fine. */
const HARMONICS = [1, 2, 4];

/** A period that may repeat, in the unit of `times`. */
export interface SeasonChoice {
  readonly times: Float64Array;
  readonly step: number;
  readonly periods: readonly number[];
}

/**
 * The model that describes the series in the fewest nats: levels, levels with one trend, or lines; with noise that is
 * autocorrelated or not; with a season or without. That is the guard: a trend, a cycle or a wandering noise that explains
 * the series better than a staircase wins, and leaves no change points.
 *
 * @param raw the values as they are: once a model is there, outliers are drawn in to what it expects.
 */
export function chooseModel(raw: Float64Array, input: ModelInput, seasons: SeasonChoice): SegmentModel {
  const plain = fitModel(input, { phi: 0, shape: 'level', drift: 0, season: undefined });
  // A series that even the most eager model finds even is even.
  if (plain.cuts.length === 0) return plain;
  const coarse = { ...input, places: COARSE_PLACES };
  const season = chooseSeason(coarse, seasons);
  let first = fitModel(coarse, { ...plain.spec, season });
  for (const phi of COARSE_PHI) first = better(first, bestFamily(coarse, phi, season));
  const cleaned = { ...input, values: drawInSurprises(raw, withoutExcursions(coarse, first)) };
  const { phi } = first.spec;
  let best = bestFamily(cleaned, phi, season);
  for (const other of [phi - FINE_PHI, phi + FINE_PHI])
    if (other > 0 && other <= MOST_PHI) best = better(best, bestFamily(cleaned, other, season));
  return prune(cleaned, best);
}

/** The model without its short segments: what lasts a few points is an outlier, not a regime. */
function withoutExcursions(input: ModelInput, model: SegmentModel): SegmentModel {
  const kept = [...model.cuts];
  for (let index = 0; index <= kept.length; index++) {
    const from = kept[index - 1] ?? 0;
    const to = kept[index] ?? input.values.length;
    if (to - from >= EXCURSION || kept.length === 0 || input.values.length < 4 * EXCURSION) continue;
    // The weaker of the two cuts around it goes.
    const gains = cutGains({ ...model, cuts: kept });
    const left = index > 0 ? (gains[index - 1] ?? 0) : Infinity;
    const right = index < kept.length ? (gains[index] ?? 0) : Infinity;
    kept.splice(left <= right ? index - 1 : index, 1);
    index = -1;
  }
  // Of a pair around what was an excursion one cut is left: it goes too unless the regimes differ.
  return prune(input, modelWith(input, model.spec, kept));
}

function bestFamily(input: ModelInput, phi: number, season: SeasonBasis | undefined): SegmentModel {
  let best: SegmentModel | undefined;
  for (const family of FAMILIES) {
    if (family.shape === 'line' && !input.lines) continue;
    const spec = { ...family, phi, season };
    const fresh = fitModel(input, spec);
    best = best === undefined ? fresh : better(best, fresh);
    if (family.drift > 0 && best.cuts.length > 0) best = better(best, fitModel(input, spec, best.cuts));
  }
  return best ?? fitModel(input, { phi, season, shape: 'level', drift: 0 });
}

/** The pattern, if any, that describes the series best beside levels and a trend. */
function chooseSeason(input: ModelInput, { times, step, periods }: SeasonChoice): SeasonBasis | undefined {
  let chosen: SeasonBasis | undefined;
  let least = Math.min(...SEASON_PHI.map((phi) => seasonCriterion(input, phi, undefined)));
  for (const period of periods) {
    const count = Math.round(period / step);
    const candidates: SeasonBasis[] = [];
    for (const harmonics of HARMONICS) {
      if (harmonics * 2 >= count) continue;
      const waves = wavesOf(times, period, harmonics);
      candidates.push(waves, growing(waves, input.axis));
    }
    if (count * 2 <= times.length) candidates.push(phasesOf(times, period, step));
    for (const season of candidates)
      for (const phi of SEASON_PHI) {
        const criterion = seasonCriterion(input, phi, season);
        if (criterion >= least) continue;
        least = criterion;
        chosen = season;
      }
  }
  return chosen;
}

function seasonCriterion(input: ModelInput, phi: number, season: SeasonBasis | undefined): number {
  return fitModel(input, { phi, shape: 'level', drift: 1, season }).criterion;
}

function better(one: SegmentModel, other: SegmentModel): SegmentModel {
  return other.criterion < one.criterion ? other : one;
}

/** Drops the weakest change point while the model is better without it. */
function prune(input: ModelInput, model: SegmentModel): SegmentModel {
  let best = model;
  while (best.cuts.length > 0) {
    const gains = cutGains(best);
    const weakest = gains.indexOf(Math.min(...gains));
    const fewer = modelWith(
      input,
      best.spec,
      best.cuts.filter((_, at) => at !== weakest),
    );
    if ((gains[weakest] ?? 0) > cutPenalty(input, best.spec) && fewer.criterion >= best.criterion) break;
    best = fewer;
  }
  return best;
}

/** What each change point gains, in variances of the model. */
export function cutGains(model: SegmentModel): number[] {
  const { cuts, cost, variance } = model;
  return cuts.map((cut, index) => {
    const from = cuts[index - 1] ?? 0;
    const to = cuts[index + 1] ?? cost.length;
    return (cost.cost(from, to) - cost.cost(from, cut) - cost.cost(cut, to)) / variance;
  });
}
