import { useMemo } from 'preact/hooks';
import { queryExemplars, queryRange, seriesName } from '../api/prometheus';
import type { ExemplarSeries, RangeSeries } from '../api/prometheus';
import { lazy } from '../lib/lazy';
import { hrefTo, setQuery } from '../lib/location';
import { stepFor, useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';
import { formatTime, formatValue } from '../lib/format';
import { SERIES_COLORS, useTheme } from '../lib/theme';
import { Link } from './link';
import { Loading } from './loading';
import type { ChartProps, ChartSeries } from './chart';
import type { ChartMark } from './chart-marks';

const Chart = lazy<ChartProps>(() => import('./chart'), 120);

/** One query of a chart. */
export interface ChartQuery {
  readonly expr: string;
  /** A template like `{{model}}`; the whole label set without one. */
  readonly legend?: string;
}

export interface QueryChartProps {
  readonly title: string;
  readonly queries: readonly ChartQuery[];
  readonly unit?: string;
  readonly height?: number;
  readonly stacked?: boolean;
  readonly filled?: boolean;
  readonly exemplars?: boolean;
  readonly thresholds?: NonNullable<ChartProps['thresholds']>;
  readonly bare?: boolean;
  /** Takes all the room that its place has. */
  readonly fit?: boolean;
}

/** So many lines can be told apart at all, and drawn in a moment. */
const MOST_SERIES = 60;

/** A panel: queries over the page's time range as lines, with a legend and, when asked, exemplars that open traces. */
export function QueryChart({
  title,
  queries,
  unit = 'short',
  height = 190,
  exemplars = false,
  bare = false,
  fit = false,
  ...look
}: QueryChartProps) {
  const { range, zoom } = useTimeRange();
  const theme = useTheme();
  const step = stepFor(range);
  const key = JSON.stringify([queries, range.from, range.to, step]);
  const { value, error, loading } = useFetched(key, async (signal) => {
    const answers = await Promise.all(
      queries.map((query) => queryRange(query.expr, range.from, range.to, step, signal)),
    );
    const found =
      exemplars && queries[0] !== undefined
        ? await queryExemplars(queries[0].expr, range.from, range.to, signal).catch(() => [])
        : [];
    return { answers, found, from: range.from, to: range.to, step };
  });
  const drawn = useMemo(() => {
    if (value === undefined) return undefined;
    const series = value.answers.flatMap((answer, index) =>
      answer.result.map((each) => ({ each, legend: queries[index]?.legend, expr: queries[index]?.expr ?? '' })),
    );
    return { ...alignSeries(series.slice(0, MOST_SERIES), value.from, value.to, value.step), found: series.length };
  }, [value]);
  const marks = useMemo(
    () => (value === undefined ? [] : thinMarks(value.found, value.from, value.to, unit)),
    [value, unit],
  );
  const warnings = value?.answers.flatMap((answer) => [...answer.warnings, ...answer.infos]) ?? [];
  const body = (
    <>
      {error !== undefined && <p class="notice error">{error}</p>}
      {drawn === undefined ? (
        error === undefined && <Loading height={height} busy={loading} />
      ) : drawn.series.length === 0 ? (
        <p class="muted small no-data" style={{ minHeight: `${height}px` }}>
          No data in this range
        </p>
      ) : (
        <Chart
          label={title}
          times={drawn.times}
          series={drawn.series}
          unit={unit}
          height={height}
          fit={fit}
          from={range.from / 1000}
          to={range.to / 1000}
          marks={marks}
          onZoom={zoom}
          onResetZoom={() => setQuery({ from: undefined, to: undefined })}
          {...look}
        />
      )}
      {drawn !== undefined && (drawn.series.length > 1 || isNamed(drawn.series[0], queries)) && (
        <div class="legend">
          {drawn.series.map((series, index) => (
            <span key={series.name + index} title={series.name}>
              <span class="swatch" style={{ background: SERIES_COLORS[theme][index % SERIES_COLORS[theme].length] }} />
              {series.name}
              <b class="number">{formatValue(lastOf(series.values), unit)}</b>
            </span>
          ))}
        </div>
      )}
      {drawn !== undefined && drawn.found > drawn.series.length && (
        <p class="muted small">
          {drawn.series.length} of {drawn.found.toLocaleString('en-US')} series are drawn: narrow the query to see the
          others.
        </p>
      )}
      {warnings.length > 0 && <p class="muted small">{[...new Set(warnings)].join(' · ')}</p>}
    </>
  );
  if (bare) return <div>{body}</div>;
  return (
    <section class={`card${fit ? ' fit' : ''}`}>
      <header>
        <h3>{title}</h3>
        <span class="grow" />
        <Link
          class="small"
          href={hrefTo('/explore', { q: queries.map((query) => query.expr).join('\n') })}
          aria-label={`Explore the query of ${title}`}
        >
          query
        </Link>
      </header>
      {body}
    </section>
  );
}

/** Whether one line alone has a name that says more than the title and the query. */
function isNamed(series: ChartSeries | undefined, queries: readonly ChartQuery[]): boolean {
  return series !== undefined && series.name !== '' && queries.every(({ expr }) => expr !== series.name);
}

/** The slowest exemplar of each of forty slices of the range: enough to find the outliers, few enough to see the lines. */
function thinMarks(found: readonly ExemplarSeries[], from: number, to: number, unit: string): ChartMark[] {
  const slices = new Map<number, ChartMark>();
  for (const { exemplars } of found) {
    for (const { labels, value: text, timestamp } of exemplars) {
      const id = labels['trace_id'] ?? labels['traceID'];
      const value = Number(text);
      const slice = Math.floor(((timestamp * 1000 - from) / (to - from)) * 40);
      if (id === undefined || value <= (slices.get(slice)?.value ?? -Infinity)) continue;
      slices.set(slice, {
        time: timestamp,
        value,
        title: `Open trace ${id.slice(0, 8)}: ${formatValue(value, unit)} at ${formatTime(timestamp * 1000)}`,
        href: hrefTo(`/trace/${id}`),
      });
    }
  }
  return [...slices.values()];
}

function lastOf(values: readonly (number | null)[]): number | null {
  for (let i = values.length - 1; i >= 0; i--)
    if (values[i] !== null && values[i] !== undefined) return values[i] ?? null;
  return null;
}

/** Series of several queries on one axis of times. */
export function alignSeries(
  list: readonly { readonly each: RangeSeries; readonly legend: string | undefined; readonly expr: string }[],
  from: number,
  to: number,
  step: number,
): { times: number[]; series: ChartSeries[] } {
  const start = Math.ceil(from / 1000 / step) * step;
  const count = Math.max(1, Math.floor((to / 1000 - start) / step) + 1);
  const times = Array.from({ length: count }, (_, index) => start + index * step);
  const series = list.map(({ each, legend, expr }) => {
    const values: (number | null)[] = new Array<number | null>(count).fill(null);
    for (const [time, text] of each.values) {
      const value = Number(text);
      const index = Math.round((time - start) / step);
      if (index >= 0 && index < count && Number.isFinite(value)) values[index] = value;
    }
    const name = seriesName(each.metric, legend);
    return { name: name === '{}' ? expr : name, values };
  });
  return { times, series: series.sort((a, b) => (lastOf(b.values) ?? -Infinity) - (lastOf(a.values) ?? -Infinity)) };
}
