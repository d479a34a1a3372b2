import type { NativeHistogram } from '../../domain/histogram';
import type { Labels } from '../../domain/labels';
import { formatSample, histogramBuckets } from '../../promql';
import type { MatrixSeries, QueryResult, QueryStats, QueryValue } from '../../promql';

const labelTexts = new WeakMap<Labels, string>();

/** So much text is put together before it is handed on. */
const PART_LENGTH = 65_536;

/** A query's answer as JSON text, in parts; written by hand, since answers can have millions of points. */
export function* queryResultParts(result: QueryResult, limit: number, withStats: boolean): Generator<string> {
  const { value, truncated } = limited(result.value, limit);
  let part = `{"status":"success","data":{`;
  for (const text of dataTexts(value)) {
    part += text;
    if (part.length < PART_LENGTH) continue;
    yield part;
    part = '';
  }
  if (withStats) part += `,${statsText(result.stats)}`;
  part += '}';
  const warnings = truncated ? [...result.warnings, 'results truncated due to limit'] : result.warnings;
  if (warnings.length > 0) part += `,"warnings":${JSON.stringify(warnings)}`;
  if (result.infos.length > 0) part += `,"infos":${JSON.stringify(result.infos)}`;
  yield `${part}}`;
}

function limited(value: QueryValue, limit: number): { value: QueryValue; truncated: boolean } {
  if (value.type === 'vector' && value.samples.length > limit) {
    return { value: { ...value, samples: value.samples.slice(0, limit) }, truncated: true };
  }
  if (value.type === 'matrix' && value.series.length > limit) {
    return { value: { ...value, series: value.series.slice(0, limit) }, truncated: true };
  }
  return { value, truncated: false };
}

function* dataTexts(value: QueryValue): Generator<string> {
  yield `"resultType":"${value.type}","result":[`;
  switch (value.type) {
    case 'scalar':
      yield `${secondsText(value.t)},"${formatSample(value.value)}"`;
      break;
    case 'string':
      yield `${secondsText(value.t)},${JSON.stringify(value.value)}`;
      break;
    case 'vector': {
      let comma = '';
      for (const { labels, t, value: own, histogram } of value.samples) {
        const point =
          histogram === undefined
            ? `"value":[${secondsText(t)},"${formatSample(own)}"]`
            : `"histogram":[${secondsText(t)},${histogramText(histogram)}]`;
        yield `${comma}{"metric":${labelsText(labels)},${point}}`;
        comma = ',';
      }
      break;
    }
    case 'matrix': {
      let comma = '';
      for (const series of value.series) {
        yield `${comma}${seriesText(series)}`;
        comma = ',';
      }
    }
  }
  yield ']';
}

function seriesText({ labels, timestamps, values, histograms }: MatrixSeries): string {
  let floats = '';
  let natives = '';
  for (let i = 0; i < timestamps.length; i++) {
    const seconds = secondsText(timestamps[i] ?? 0);
    const histogram = histograms?.[i];
    if (histogram === undefined) {
      floats += `${floats === '' ? '' : ','}[${seconds},"${formatSample(values[i] ?? NaN)}"]`;
    } else {
      natives += `${natives === '' ? '' : ','}[${seconds},${histogramText(histogram)}]`;
    }
  }
  const points = [
    ...(floats === '' ? [] : [`"values":[${floats}]`]),
    ...(natives === '' ? [] : [`"histograms":[${natives}]`]),
  ];
  return `{"metric":${labelsText(labels)},${points.join(',')}}`;
}

/** A label set as a JSON object. */
export function labelsText(labels: Labels): string {
  let text = labelTexts.get(labels);
  if (text === undefined) {
    text = JSON.stringify(labels.toRecord());
    labelTexts.set(labels, text);
  }
  return text;
}

/** Milliseconds as seconds, with three digits where there is a fraction. */
export function secondsText(t: number): string {
  const millis = t % 1000;
  if (millis === 0) return String(t / 1000);
  return (t / 1000).toFixed(3);
}

function histogramText(histogram: NativeHistogram): string {
  const buckets = histogramBuckets(histogram).map(({ lower, upper, count, lowerInclusive, upperInclusive }) => {
    const rule = lowerInclusive ? (upperInclusive ? 3 : 1) : upperInclusive ? 0 : 2;
    return `[${rule},"${formatSample(lower)}","${formatSample(upper)}","${formatSample(count)}"]`;
  });
  const list = buckets.length === 0 ? '' : `,"buckets":[${buckets.join(',')}]`;
  return `{"count":"${formatSample(histogram.count)}","sum":"${formatSample(histogram.sum)}"${list}}`;
}

function statsText({ elapsed, samples, peakSamples }: QueryStats): string {
  const seconds = elapsed / 1000;
  const timings = {
    evalTotalTime: seconds,
    resultSortTime: 0,
    queryPreparationTime: 0,
    innerEvalTime: seconds,
    execQueueTime: 0,
    execTotalTime: seconds,
  };
  return `"stats":${JSON.stringify({ timings, samples: { totalQueryableSamples: samples, peakSamples } })}`;
}
