import { bundledPrices } from '../pricing';
import { Pricer } from './pricing/pricer';
import { judgeWeek } from './testing/judge-week';
import { PLANTS, STAGES, USUAL_SHAPE } from './testing/week';

/** `npm run bench -- advice` plays more weeks, with other names and sizes. */
const WEEKS = [
  { seed: 2, traffic: 1 },
  { seed: 1, traffic: 1 / 3 },
];

test.each(WEEKS)(
  '%j: ten planted problems are named, each with its stage and its saving, and nothing else; a clean week gives none',
  async ({ seed, traffic }) => {
    const { clean, found, others } = await judgeWeek(seed, { ...USUAL_SHAPE, traffic }, new Pricer(bundledPrices));
    expect(clean.map(({ title }) => title)).toEqual([]);
    expect(others.map(({ title }) => title)).toEqual([]);
    const judged = found.map(({ plant, advice, usdRatio, msRatio, hasUsd }) => ({
      plant,
      advice: advice.length,
      stage: advice[0]?.stage,
      change: (advice[0]?.change ?? '') !== '',
      evidence: (advice[0]?.evidence.length ?? 0) > 0,
      // What no figure is given for is not wrong; where money was lost it must be told.
      usd: usdRatio === undefined ? !hasUsd : Math.abs(usdRatio - 1) <= 0.2,
      ms: msRatio === undefined || Math.abs(msRatio - 1) <= 0.2,
    }));
    expect(judged).toEqual(
      PLANTS.map((plant) => ({
        plant,
        advice: 1,
        stage: STAGES[plant],
        change: true,
        evidence: true,
        usd: true,
        ms: true,
      })),
    );
  },
);
