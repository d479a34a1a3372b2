import type { PageProps } from '../lib/page';
import { getJson } from '../api/http';
import { labelValues } from '../api/prometheus';
import { Link } from '../components/link';
import { Loading } from '../components/loading';
import { PanelView } from '../dashboards/panel-view';
import { interpolate, labelValuesQuery } from '../dashboards/grafana';
import type { Dashboard, Variable } from '../dashboards/grafana';
import { hrefTo, setQuery, useLocation } from '../lib/location';
import { useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';

/** The dashboards that are shipped: the same files that Grafana imports. */
export default function Dashboards({ rest }: PageProps) {
  return rest === '' ? <DashboardList /> : <DashboardView uid={rest} />;
}

function DashboardList() {
  const { value, error } = useFetched('dashboards', (signal) =>
    getJson<Pick<Dashboard, 'uid' | 'title' | 'description'>[]>('/api/stack/dashboards', signal),
  );
  if (error !== undefined) return <p class="notice error">{error}</p>;
  if (value === undefined) return <Loading height={320} />;
  if (value.length === 0)
    return (
      <div class="empty">
        <p>
          No dashboards are shown. Name the folder of their JSON files with <code>dashboards</code> in telltale.yaml.
        </p>
      </div>
    );
  return (
    <div class="grid">
      {value.map((dashboard) => (
        <Link key={dashboard.uid} class="card stat" href={hrefTo(`/dashboards/${dashboard.uid}`)}>
          <h3>{dashboard.title}</h3>
          <p class="muted small">{dashboard.description}</p>
        </Link>
      ))}
    </div>
  );
}

function DashboardView({ uid }: { readonly uid: string }) {
  const { query } = useLocation();
  const { value, error } = useFetched(`dashboard:${uid}`, (signal) =>
    getJson<Dashboard>(`/api/stack/dashboards/${encodeURIComponent(uid)}`, signal),
  );
  if (error !== undefined) return <p class="notice error">{error}</p>;
  if (value === undefined) return <Loading height={320} />;
  const variables = (value.templating?.list ?? []).filter(
    (variable) => variable.type !== 'datasource' && variable.hide !== 2,
  );
  const values: Record<string, string> = { datasource: 'telltale' };
  for (const variable of variables) values[variable.name] = query.get(`var-${variable.name}`) ?? defaultOf(variable);
  return (
    <div class="stack">
      <div class="row">
        <h2>{value.title}</h2>
        <span class="grow" />
        {variables.map((variable) => (
          <VariableField key={variable.name} variable={variable} value={values[variable.name] ?? ''} values={values} />
        ))}
      </div>
      <div class="dashboard">
        {value.panels.map((panel) => (
          <div
            key={panel.id}
            class={`dashboard-cell${panel.type === 'stat' ? ' small-cell' : ''}`}
            style={{
              gridColumn: `${panel.gridPos.x + 1} / span ${panel.gridPos.w}`,
              gridRow: `${panel.gridPos.y + 1} / span ${panel.gridPos.h}`,
            }}
          >
            <PanelView panel={panel} values={values} />
          </div>
        ))}
      </div>
    </div>
  );
}

function VariableField({
  variable,
  value,
  values,
}: {
  readonly variable: Variable;
  readonly value: string;
  readonly values: Readonly<Record<string, string>>;
}) {
  const { range } = useTimeRange();
  const source = labelValuesQuery(variable);
  const selector = source?.selector === undefined ? undefined : interpolate(source.selector, values, range, 15);
  const found = useFetched(`variable:${variable.name}:${selector ?? ''}`, (signal) =>
    source === undefined
      ? Promise.resolve((variable.options ?? []).map((option) => option.value))
      : labelValues(source.label, selector, signal),
  );
  return (
    <label class="row small">
      {variable.label ?? variable.name}
      <select value={value} onChange={(event) => setQuery({ [`var-${variable.name}`]: event.currentTarget.value })}>
        {variable.includeAll === true && <option value=".*">All</option>}
        {(found.value ?? [])
          .filter((option) => option !== '$__all')
          .map((option) => (
            <option key={option}>{option}</option>
          ))}
      </select>
    </label>
  );
}

function defaultOf(variable: Variable): string {
  const current = variable.current?.value;
  const text = typeof current === 'string' ? current : (current?.[0] ?? '');
  return text === '' || text === '$__all' ? '.*' : text;
}
