import { queryInstant, queryRange, seriesName } from '../api/prometheus';
import { QueryChart } from '../components/query-chart';
import { Heatmap } from '../components/heatmap';
import { Loading } from '../components/loading';
import { formatValue } from '../lib/format';
import { stepFor, useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';
import { interpolate, thresholdColor } from './grafana';
import type { Panel } from './grafana';

/** One panel of a dashboard, by its type. */
export function PanelView({
  panel,
  values,
}: {
  readonly panel: Panel;
  readonly values: Readonly<Record<string, string>>;
}) {
  const { range } = useTimeRange();
  const step = stepFor(range);
  const defaults = panel.fieldConfig?.defaults;
  const unit = defaults?.unit ?? 'short';
  const queries = (panel.targets ?? []).map((target) => ({
    expr: interpolate(target.expr, values, range, step),
    ...(target.legendFormat === undefined ? {} : { legend: target.legendFormat }),
  }));
  switch (panel.type) {
    case 'timeseries': {
      const thresholds = (defaults?.thresholds?.steps ?? []).flatMap((each) =>
        each.value === null ? [] : [{ value: each.value, color: cssColor(each.color) }],
      );
      return (
        <QueryChart
          title={panel.title}
          queries={queries}
          unit={unit}
          height={90}
          fit
          exemplars={(panel.targets ?? []).some((target) => target.exemplar === true)}
          thresholds={thresholds}
          stacked={defaults?.custom?.stacking?.mode === 'normal'}
          filled={(defaults?.custom?.fillOpacity ?? 0) > 0}
        />
      );
    }
    case 'text':
      return (
        <section class="card">
          <h3>{panel.title}</h3>
          <p class="prose">{panel.options?.content ?? ''}</p>
        </section>
      );
    case 'heatmap':
      return <HeatmapPanel panel={panel} expr={queries[0]?.expr ?? ''} unit={unit} />;
    case 'row':
      return <h2 class="dashboard-row">{panel.title}</h2>;
    default:
      return <InstantPanel panel={panel} queries={queries} unit={unit} />;
  }
}

function InstantPanel({
  panel,
  queries,
  unit,
}: {
  readonly panel: Panel;
  readonly queries: readonly { readonly expr: string; readonly legend?: string }[];
  readonly unit: string;
}) {
  const { range } = useTimeRange();
  const { value, error } = useFetched(JSON.stringify([queries, range.to]), async (signal) =>
    Promise.all(queries.map((query) => queryInstant(query.expr, range.to, signal))),
  );
  const samples = (value ?? []).flatMap((answer, index) =>
    answer.result.map((sample) => ({
      name: seriesName(sample.metric, queries[index]?.legend),
      labels: sample.metric,
      value: Number(sample.value[1]),
    })),
  );
  const decimals = panel.fieldConfig?.defaults?.decimals;
  const max =
    panel.fieldConfig?.defaults?.max ??
    Math.max(1e-9, ...samples.map((sample) => (Number.isFinite(sample.value) ? sample.value : 0)));
  return (
    <section class="card panel-instant">
      <header>
        <h3>{panel.title}</h3>
      </header>
      {error !== undefined && <p class="notice error">{error}</p>}
      {value === undefined && error === undefined && <Loading height={48} />}
      {value !== undefined && samples.length === 0 && <p class="muted small">No data</p>}
      {panel.type === 'table' ? (
        <SampleTable samples={samples} unit={unit} />
      ) : panel.type === 'bargauge' || panel.type === 'gauge' ? (
        <div class="gauges">
          {[...samples]
            .sort((a, b) => b.value - a.value)
            .slice(0, 12)
            .map((sample) => (
              <div key={sample.name} class="gauge-row">
                <span class="gauge-name" title={sample.name}>
                  {sample.name === '{}' ? panel.title : sample.name}
                </span>
                <span class="bar">
                  <span
                    style={{
                      width: `${Math.max(0, Math.min(100, (sample.value / max) * 100))}%`,
                      background: barColor(thresholdColor(panel, sample.value)),
                    }}
                  />
                </span>
                <b class="number">{formatValue(sample.value, unit, decimals)}</b>
              </div>
            ))}
        </div>
      ) : (
        samples.slice(0, 6).map((sample) => (
          <div key={sample.name}>
            <div
              class="big"
              style={{ color: samples.length > 0 ? cssColor(thresholdColor(panel, sample.value)) : 'inherit' }}
            >
              {formatValue(sample.value, unit, decimals)}
            </div>
            {samples.length > 1 && <div class="muted small">{sample.name}</div>}
          </div>
        ))
      )}
    </section>
  );
}

function SampleTable({
  samples,
  unit,
}: {
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
  readonly unit: string;
}) {
  const names = [...new Set(samples.flatMap((sample) => Object.keys(sample.labels)))].filter(
    (name) => name !== '__name__',
  );
  return (
    <div class="scroll-x">
      <table class="small">
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name}>{name}</th>
            ))}
            <th class="right">Value</th>
          </tr>
        </thead>
        <tbody>
          {[...samples]
            .sort((a, b) => b.value - a.value)
            .slice(0, 50)
            .map((sample) => (
              <tr key={JSON.stringify(sample.labels)}>
                {names.map((name) => (
                  <td key={name}>{sample.labels[name] ?? ''}</td>
                ))}
                <td class="right">{formatValue(sample.value, unit)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}

function HeatmapPanel({ panel, expr, unit }: { readonly panel: Panel; readonly expr: string; readonly unit: string }) {
  const { range } = useTimeRange();
  const step = stepFor(range, 80);
  const { value, error } = useFetched(JSON.stringify([expr, range.from, range.to]), (signal) =>
    queryRange(expr, range.from, range.to, step, signal),
  );
  return (
    <section class="card">
      <header>
        <h3>{panel.title}</h3>
      </header>
      {error !== undefined && <p class="notice error">{error}</p>}
      {value === undefined && error === undefined && <Loading />}
      {value !== undefined && (
        <Heatmap
          label={panel.title}
          series={value.result}
          from={range.from / 1000}
          to={range.to / 1000}
          step={step}
          unit={unit}
          height={heightOf(panel, 40)}
        />
      )}
    </section>
  );
}

/** Pixels left for drawing in a panel's place: rows of 30 with gaps of 8. @param around title and legend. */
function heightOf(panel: Panel, around: number): number {
  return Math.max(90, panel.gridPos.h * 38 - 8 - 30 - around);
}

/** What has no grade of its own is no warning and no ink either. */
function barColor(name: string | undefined): string {
  return name === undefined || name === 'text' ? 'var(--accent)' : cssColor(name);
}

/** Grafana's names of colours as ours; other CSS colours as they are. */
function cssColor(name: string | undefined): string {
  switch (name) {
    case undefined:
    case 'text':
      return 'var(--ink)';
    case 'green':
      return 'var(--good)';
    case 'yellow':
    case 'orange':
      return 'var(--warn)';
    case 'red':
      return 'var(--bad)';
    case 'blue':
      return 'var(--accent)';
    default:
      return /^#[0-9a-f]{3,8}$/i.test(name) ? name : 'var(--accent)';
  }
}
