import type { BenchDefinition } from '../base/bench';
import { DEFAULT_SETTINGS } from './compare/compare';
import { judgeSamples, QUIET_COURSE } from './testing/sample-courses';
import type { SampleCourse } from './testing/sample-courses';

/** Noise of many kinds: each without a change, and with changes of both directions. */
const COURSES: Readonly<Record<string, SampleCourse>> = {
  quiet: QUIET_COURSE,
  'strong memory': { ...QUIET_COURSE, memory: 0.7 },
  'a steady trend': { ...QUIET_COURSE, trend: 0.15 },
  'a tall day': { ...QUIET_COURSE, cycle: 0.5 },
  'twice the noise': { ...QUIET_COURSE, noise: 0.24, size: 2400 },
  'few and wild': { ...QUIET_COURSE, size: 150, noise: 0.4, cycle: 0 },
};
const SHIFTS = [0.05, -0.05, 0.1, -0.1] as const;

/** How often a comparison says that something changed where nothing did, and how often it finds what did. */
export const bench: BenchDefinition = {
  name: 'compare',
  run({ out, full }) {
    const runs = full ? 1_000 : 100;
    const count = (course: SampleCourse): number => {
      let verdicts = 0;
      for (let seed = 1; seed <= runs; seed++)
        if (judgeSamples(seed, course, DEFAULT_SETTINGS.alpha).verdict) verdicts++;
      return verdicts;
    };
    let falseVerdicts = 0;
    let quiet = 0;
    const recall = new Map<number, { found: number; of: number }>();
    for (const [name, course] of Object.entries(COURSES)) {
      const wrong = count(course);
      falseVerdicts += wrong;
      quiet += runs;
      const parts = [`${wrong} false in ${runs}`];
      // So few and so noisy that five per cent cannot be seen: no verdict is the right one.
      if (course.size >= 1_000)
        for (const shift of SHIFTS) {
          const found = count({ ...course, shift });
          const known = recall.get(Math.abs(shift)) ?? { found: 0, of: 0 };
          recall.set(Math.abs(shift), { found: known.found + found, of: known.of + runs });
          parts.push(`${(100 * shift).toFixed(0)} % found in ${found}`);
        }
      out(`${name.padEnd(18)} ${parts.join(', ')}`);
    }
    const share = (shift: number): number => {
      const { found, of } = recall.get(shift) ?? { found: 0, of: 1 };
      return found / of;
    };
    return Promise.resolve({
      falseVerdictRatio: falseVerdicts / quiet,
      recall5Ratio: share(0.05),
      recall10Ratio: share(0.1),
    });
  },
};
