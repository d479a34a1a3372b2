import type { NativeHistogram } from '../../domain/histogram';
import type { Labels } from '../../domain/labels';
import { formatSample, histogramBuckets } from '../../promql';
import type { QueryResult, QueryStats, QueryValue } from '../../promql';

const labelTexts = new WeakMap<Labels, string>();

/** A query's answer as JSON text; written by hand, since answers can have millions of points. */
export function queryResultText(result: QueryResult, limit: number, withStats: boolean): string {
  const { value, truncated } = limited(result.value, limit);
  const warnings = truncated ? [...result.warnings, 'results truncated due to limit'] : result.warnings;
  const parts = [`"status":"success"`, `"data":{${dataText(value)}${withStats ? `,${statsText(result.stats)}` : ''}}`];
  if (warnings.length > 0) parts.push(`"warnings":${JSON.stringify(warnings)}`);
  if (result.infos.length > 0) parts.push(`"infos":${JSON.stringify(result.infos)}`);
  return `{${parts.join(',')}}`;
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

function dataText(value: QueryValue): string {
  const head = `"resultType":"${value.type}","result":`;
  switch (value.type) {
    case 'scalar':
      return `${head}[${secondsText(value.t)},"${formatSample(value.value)}"]`;
    case 'string':
      return `${head}[${secondsText(value.t)},${JSON.stringify(value.value)}]`;
    case 'vector': {
      const samples = value.samples.map(({ labels, t, value: own, histogram }) => {
        const point =
          histogram === undefined
            ? `"value":[${secondsText(t)},"${formatSample(own)}"]`
            : `"histogram":[${secondsText(t)},${histogramText(histogram)}]`;
        return `{"metric":${labelsText(labels)},${point}}`;
      });
      return `${head}[${samples.join(',')}]`;
    }
    case 'matrix': {
      const series = value.series.map(({ labels, timestamps, values, histograms }) => {
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
      });
      return `${head}[${series.join(',')}]`;
    }
  }
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
