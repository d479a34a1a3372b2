import { seededRandom } from '../../../base/ids';
import { checkRandomFit } from './testing/check-fit';
import type { BenchDefinition } from '../../../base/bench';

const TRANSCRIPTS = { full: 1_000_000, short: 20_000 };

/** Pairing rules and fullness over many random transcripts of both APIs. */
export const bench: BenchDefinition = {
  name: 'context-window',
  run: async ({ out, full }) => {
    const transcripts = full ? TRANSCRIPTS.full : TRANSCRIPTS.short;
    const random = seededRandom(2);
    const began = performance.now();
    let faults = 0;
    let overflowed = 0;
    let trimmed = 0;
    let least = 1;
    let sum = 0;
    for (let count = 0; count < transcripts; count++) {
      const report = await checkRandomFit(random);
      faults += report.faults.length;
      if (report.overflowed) overflowed++;
      if (report.keptRatio === undefined) continue;
      trimmed++;
      sum += report.keptRatio;
      least = Math.min(least, report.keptRatio);
    }
    const seconds = (performance.now() - began) / 1000;
    out(`${transcripts} transcripts, ${trimmed} trimmed, ${overflowed} did not fit at all, ${seconds.toFixed(0)} s`);
    out(`faults ${faults}; kept of the budget: least ${least.toFixed(4)}, mean ${(sum / trimmed).toFixed(4)}`);
    return { transcripts, faults, trimmed, overflowed, leastKept: least, meanKept: sum / trimmed };
  },
};
