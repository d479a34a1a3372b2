import type { NativeHistogram } from '../../domain/histogram';
import { almostEqual } from '../eval/numbers';
import { FloatHistogram, sameNumbers } from '../histogram/float-histogram';
import { histogramExpression } from '../histogram/text';
import { formatFloat } from '../eval/format';
import type { NotedSample } from './series-notation';

/** A sample of a result. */
export interface ActualSample {
  readonly t: number;
  readonly value: number;
  readonly histogram: NativeHistogram | undefined;
}

/** Whether a sample is what was noted, within a relative tolerance. */
export function sampleMatches(expected: NotedSample, actual: ActualSample, tolerance: number): boolean {
  if (expected.histogram === undefined || actual.histogram === undefined) {
    return expected.histogram === actual.histogram && almostEqual(expected.value, actual.value, tolerance);
  }
  const wanted = FloatHistogram.from(expected.histogram).compact();
  const found = FloatHistogram.from(actual.histogram).compact();
  const close = (a: number, b: number): boolean => almostEqual(a, b, tolerance);
  const sidesMatch = (['positive', 'negative'] as const).every(
    (side) =>
      sameNumbers(wanted[side].index, found[side].index) &&
      wanted[side].counts.every((count, i) => close(count, found[side].counts[i] ?? NaN)),
  );
  return (
    wanted.schema === found.schema &&
    close(wanted.count, found.count) &&
    close(wanted.sum, found.sum) &&
    wanted.zeroThreshold === found.zeroThreshold &&
    close(wanted.zeroCount, found.zeroCount) &&
    (!wanted.custom || sameNumbers(wanted.customValues, found.customValues)) &&
    sidesMatch &&
    (!expected.hintGiven || wanted.hint === found.hint)
  );
}

/** A sample as a script would write it. */
export function sampleText(value: number, histogram: NativeHistogram | undefined): string {
  return histogram === undefined ? formatFloat(value) : histogramExpression(histogram);
}
