import { getJson } from './http';

export type LabelSet = Readonly<Record<string, string>>;

export interface RangeSeries {
  readonly metric: LabelSet;
  readonly values: readonly (readonly [seconds: number, value: string])[];
}

export interface InstantSample {
  readonly metric: LabelSet;
  readonly value: readonly [seconds: number, value: string];
}

export interface Answer<T> {
  readonly result: T;
  readonly resultType: string;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

interface Body<T> {
  readonly data: { readonly resultType: string; readonly result: T };
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

/** Evaluates over a range. Times in milliseconds, step in seconds. */
export async function queryRange(
  query: string,
  from: number,
  to: number,
  step: number,
  signal?: AbortSignal,
): Promise<Answer<RangeSeries[]>> {
  // Points on multiples of the step keep a chart still while it is refreshed.
  const start = Math.ceil(from / 1000 / step) * step;
  const parameters = new URLSearchParams({ query, start: String(start), end: String(to / 1000), step: String(step) });
  return toAnswer(await getJson<Body<RangeSeries[]>>(`/api/v1/query_range?${parameters}`, signal));
}

/** Evaluates at an instant, in milliseconds. */
export async function queryInstant(query: string, at: number, signal?: AbortSignal): Promise<Answer<InstantSample[]>> {
  const parameters = new URLSearchParams({ query, time: String(at / 1000) });
  const answer = toAnswer(
    await getJson<Body<InstantSample[] | InstantSample['value']>>(`/api/v1/query?${parameters}`, signal),
  );
  const { result, resultType } = answer;
  // A scalar or string comes without labels.
  const samples =
    resultType === 'scalar' || resultType === 'string'
      ? [{ metric: {}, value: result as InstantSample['value'] }]
      : (result as InstantSample[]);
  return { ...answer, result: samples };
}

export interface ExemplarSeries {
  readonly seriesLabels: LabelSet;
  readonly exemplars: readonly { readonly labels: LabelSet; readonly value: string; readonly timestamp: number }[];
}

export async function queryExemplars(
  query: string,
  from: number,
  to: number,
  signal?: AbortSignal,
): Promise<ExemplarSeries[]> {
  const parameters = new URLSearchParams({ query, start: String(from / 1000), end: String(to / 1000) });
  return (await getJson<{ data: ExemplarSeries[] }>(`/api/v1/query_exemplars?${parameters}`, signal)).data;
}

export async function labelValues(label: string, match?: string, signal?: AbortSignal): Promise<string[]> {
  const parameters = match === undefined ? '' : `?${new URLSearchParams({ 'match[]': match })}`;
  return (await getJson<{ data: string[] }>(`/api/v1/label/${encodeURIComponent(label)}/values${parameters}`, signal))
    .data;
}

function toAnswer<T>(body: Body<T>): Answer<T> {
  return {
    result: body.data.result,
    resultType: body.data.resultType,
    warnings: body.warnings ?? [],
    infos: body.infos ?? [],
  };
}

/** `metric{a="1"}` as people read it; a chosen label alone when `legend` is a template like `{{model}}`. */
export function seriesName(labels: LabelSet, legend?: string): string {
  if (legend !== undefined && legend !== '' && legend !== '__auto')
    return legend.replace(/\{\{\s*([^}\s]+)\s*\}\}/g, (_all, name: string) => labels[name] ?? '');
  const { __name__: name = '', ...rest } = labels;
  const inner = Object.entries(rest).map(([key, value]) => `${key}="${value}"`);
  return inner.length === 0 ? (name === '' ? '{}' : name) : `${name}{${inner.join(', ')}}`;
}
