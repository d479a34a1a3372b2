import type { EpochMillis } from '../../../base/clock';
import { Labels } from '../../../domain/labels';
import type { MetricExemplar } from '../../../domain/metric-point';
import type { Exemplar } from '../../../domain/sample';
import { addAttributes } from './series-labels';
import type { Translation } from './translate-name';

/** OpenMetrics 1.0: names and values of an exemplar's labels together have at most so many characters. */
const MAX_CHARACTERS = 128;

/** An OTLP exemplar as Prometheus has it: the trace first, then attributes while there is room. */
export function toExemplar(exemplar: MetricExemplar, fallback: EpochMillis, translation: Translation): Exemplar {
  const labels: Record<string, string> = {};
  let room = MAX_CHARACTERS;
  const add = (name: string, value: string): void => {
    const size = [...name].length + [...value].length;
    if (value === '' || name in labels || size > room) return;
    labels[name] = value;
    room -= size;
  };
  add('trace_id', exemplar.traceId);
  add('span_id', exemplar.spanId);
  const rest = new Map<string, string>();
  addAttributes(rest, exemplar.attributes, translation);
  for (const [name, value] of rest) add(name, value);
  const t = exemplar.timeUnixNano === 0n ? fallback : Number(exemplar.timeUnixNano / 1_000_000n);
  return { labels: Labels.of(labels), value: exemplar.value, t };
}

/** The newest of the exemplars. */
export function newestExemplar(exemplars: readonly MetricExemplar[]): MetricExemplar | undefined {
  let newest: MetricExemplar | undefined;
  for (const exemplar of exemplars) {
    if (newest === undefined || exemplar.timeUnixNano >= newest.timeUnixNano) newest = exemplar;
  }
  return newest;
}

/** The newest exemplar that falls into the bucket (lower, upper]. */
export function exemplarWithin(
  exemplars: readonly MetricExemplar[],
  lower: number,
  upper: number,
): MetricExemplar | undefined {
  return newestExemplar(exemplars.filter(({ value }) => value > lower && value <= upper));
}
