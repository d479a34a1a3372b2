import type { IncomingSample } from '../../storage';
import { FloatHistogram, readonlyForm, sameNumbers } from '../histogram/float-histogram';
import { isReset } from '../histogram/resets';

/**
 * Histograms with the reset hints that Prometheus' storage gives back: "not reset" within a run of histograms that grow
 * in one layout, "unknown" at the start of a run, "gauge" as it was put in.
 */
export function withStoredHints(samples: readonly IncomingSample[]): IncomingSample[] {
  const last = new Map<string, IncomingSample>();
  return samples.map((sample) => {
    const previous = last.get(sample.labels.key);
    last.set(sample.labels.key, sample);
    if (sample.histogram === undefined || sample.histogram.counterResetHint === 'gauge') return sample;
    const hint = previous !== undefined && continues(previous, sample) ? 'not_reset' : 'unknown';
    return { ...sample, histogram: { ...sample.histogram, counterResetHint: hint } };
  });
}

function continues(previous: IncomingSample, sample: IncomingSample): boolean {
  if (previous.histogram === undefined || sample.histogram === undefined) return false;
  if (previous.histogram.counterResetHint === 'gauge' || sample.histogram.counterResetHint === 'reset') return false;
  const before = readonlyForm(previous.histogram);
  const now = FloatHistogram.from(sample.histogram).withHint('unknown');
  return (
    before.schema === now.schema &&
    before.zeroThreshold === now.zeroThreshold &&
    (!now.custom || sameNumbers(before.customValues, now.customValues)) &&
    !isReset(now, before)
  );
}
