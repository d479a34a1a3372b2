import { useEffect, useMemo, useState } from 'preact/hooks';
import { report } from '../api/reports';
import type { Recommendation, Report, ReportCell, ReportChart, ReportTable, ReportUnit } from '../api/reports';
import type { ChartProps } from '../components/chart';
import { Link } from '../components/link';
import { formatSeconds, formatTime, formatUsd, formatValue } from '../lib/format';
import { lazy } from '../lib/lazy';
import { hrefTo, setQuery, useLocation } from '../lib/location';
import { useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';

const Chart = lazy<ChartProps>(() => import('../components/chart'), 200);

/** So many rows without anything are left out until asked for. */
const FEW_QUIET = 4;

/** What a period was like against the one before, and what to do about it. */
export default function Reports() {
  const { query } = useLocation();
  const { range } = useTimeRange();
  useEffect(() => {
    // A quarter of an hour is no period to report on.
    if (query.get('from') === null) setQuery({ from: 'now-24h', refresh: 'off' });
  }, []);
  // A report costs: it is made for a minute at a time.
  const [from, to] = useMemo(
    () => [range.from, range.to],
    [range.fromText, range.toText, Math.floor(range.to / 60_000)],
  );
  const { value, error, loading } = useFetched(`report@${from}@${to}`, (signal) => report(from, to, signal));
  const parameters = new URLSearchParams({ from: String(Math.round(from)), to: String(Math.round(to)) });
  return (
    <div class="stack report" aria-busy={loading}>
      <div class="row">
        <span class="muted small">
          {formatTime(from)} – {formatTime(to)}, against the {formatSeconds((to - from) / 1000)} before
        </span>
        <span class="grow" />
        <a class="button" href={`/api/stack/reports?${parameters}&format=html`} download="telltale-report.html">
          Save as one HTML file
        </a>
        <a class="button" href={`/api/stack/reports?${parameters}&format=markdown`} download="telltale-report.md">
          Markdown
        </a>
        <button class="button" type="button" onClick={() => window.print()}>
          Print
        </button>
      </div>
      {error !== undefined && <p class="notice error">{error}</p>}
      {value === undefined ? (
        error === undefined && <p class="muted loading">Making the report …</p>
      ) : (
        <Body value={value} />
      )}
    </div>
  );
}

function Body({ value }: { readonly value: Report }) {
  return (
    <>
      <section class="stack-tight" aria-label="What to do">
        <h2>What to do</h2>
        {value.recommendations.length === 0 && (
          <p class="muted">Nothing stands out in this period: no advice is better than a guess.</p>
        )}
        <div class="grid">
          {value.recommendations.map((each, index) => (
            <Advice key={index} advice={each} />
          ))}
        </div>
      </section>
      {value.sections.map((section) => (
        <section key={section.id} class="stack-tight" aria-label={section.title}>
          <h2>{section.title}</h2>
          {section.notes.map((note) => (
            <p key={note} class="muted small">
              {note}
            </p>
          ))}
          <div class="stack">
            {section.charts.map((chart) => (
              <LineChart key={chart.title} chart={chart} from={value.period.start} to={value.period.end} />
            ))}
            {section.tables.map((table) => (
              <Table key={table.title} table={table} />
            ))}
          </div>
        </section>
      ))}
    </>
  );
}

function Advice({ advice }: { readonly advice: Recommendation }) {
  return (
    <article class="card stack-tight">
      <header class="row">
        <h3>{advice.title}</h3>
      </header>
      <div class="row small">
        {advice.savingUsd !== undefined && <span class="pill ok">saves {formatUsd(advice.savingUsd)}</span>}
        {advice.savingMs !== undefined && (
          <span class="pill ok">saves {formatSeconds(advice.savingMs / 1000)} of waiting</span>
        )}
        <span class="pill" title="How sure the stack is">
          {advice.confidence} confidence
        </span>
      </div>
      {advice.evidence.map((sentence) => (
        <p key={sentence} class="small">
          {sentence}
        </p>
      ))}
      <p>
        <b>Change: </b>
        {advice.change}
      </p>
      {advice.traceIds.length > 0 && (
        <p class="labels small">
          <span class="muted">seen in</span>
          {advice.traceIds.slice(0, 5).map((id) => (
            <Link key={id} class="label" href={hrefTo(`/trace/${id}`)}>
              {id.slice(0, 8)}
            </Link>
          ))}
        </p>
      )}
    </article>
  );
}

function Table({ table }: { readonly table: ReportTable }) {
  const [all, setAll] = useState(false);
  if (table.rows.length === 0) return null;
  // What is the same as nothing for every row only takes room.
  const columns = table.columns
    .map((column, at) => ({ ...column, at }))
    .filter(({ unit, at }) => unit !== 'change' || table.rows.some((row) => row[at] !== null));
  const eventful = table.rows.filter((row) => columns.some(({ unit, at }) => unit !== 'text' && (row[at] ?? 0) !== 0));
  const quiet = table.rows.length - eventful.length;
  const rows = all || quiet < FEW_QUIET ? table.rows : eventful;
  return (
    <div class="card scroll-x">
      <h3>{table.title}</h3>
      {rows.length > 0 && (
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.id} class={column.unit === 'text' ? '' : 'right'}>
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                {columns.map((column) => (
                  <td key={column.id} class={classOf(column.unit, row[column.at] ?? null)}>
                    <Cell id={column.id} unit={column.unit} cell={row[column.at] ?? null} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {quiet >= FEW_QUIET && (
        <p class="more">
          <button class="button" type="button" onClick={() => setAll(!all)}>
            {all
              ? 'Without the quiet rows'
              : `${quiet} ${rows.length === 0 ? 'rows, all' : 'more rows'} without anything`}
          </button>
        </p>
      )}
    </div>
  );
}

/** Short texts stay on one line. */
function classOf(unit: ReportUnit, cell: ReportCell): string {
  if (unit !== 'text') return 'right nowrap';
  return typeof cell === 'string' && cell.length < 28 ? 'nowrap' : '';
}

/** A figure; a trace's or a session's id leads there. */
function Cell({ id, unit, cell }: { readonly id: string; readonly unit: ReportUnit; readonly cell: ReportCell }) {
  const text = cellText(cell, unit);
  if (typeof cell === 'string' && /^[0-9a-f]{32}$/.test(cell))
    return (
      <Link class="mono" href={hrefTo(`/trace/${cell}`)}>
        {cell.slice(0, 8)}
      </Link>
    );
  if (typeof cell === 'string' && id === 'session' && cell !== '')
    return <Link href={hrefTo(`/sessions/${encodeURIComponent(cell)}`)}>{cell}</Link>;
  if (unit === 'change' && typeof cell === 'number')
    return <span class={cell > 0.2 ? 'bad' : cell < -0.2 ? 'good' : ''}>{text}</span>;
  return <>{text}</>;
}

/** A cell as people read it; what is not known is a dash. */
export function cellText(cell: ReportCell, unit: ReportUnit): string {
  if (cell === null) return '–';
  if (typeof cell === 'string') return cell;
  switch (unit) {
    case 'ms':
      return formatSeconds(cell / 1000);
    case 'usd':
      return formatUsd(cell);
    case 'ratio':
      return formatValue(cell, 'percentunit');
    case 'perSecond':
      return formatValue(cell, 'ops');
    case 'change':
      return `${cell > 0 ? '+' : cell < 0 ? '−' : ''}${(Math.abs(cell) * 100).toFixed(0)}%`;
    case 'time':
      return formatTime(cell);
    case 'tokens':
      return formatValue(cell, 'tokens');
    default:
      return Number.isInteger(cell) ? cell.toLocaleString('en-US') : formatValue(cell, 'none', 2);
  }
}

const CHART_UNITS: Readonly<Partial<Record<ReportUnit, string>>> = {
  ms: 'ms',
  usd: 'currencyUSD',
  ratio: 'percentunit',
  perSecond: 'ops',
  tokens: 'tokens',
};

function LineChart({ chart, from, to }: { readonly chart: ReportChart; readonly from: number; readonly to: number }) {
  const { times, series } = useMemo(() => {
    const all = [...new Set(chart.lines.flatMap((line) => line.points.map(({ t }) => t)))].sort((a, b) => a - b);
    const index = new Map(all.map((t, at) => [t, at]));
    return {
      times: all.map((t) => t / 1000),
      series: chart.lines.map((line) => {
        const values: (number | null)[] = new Array<number | null>(all.length).fill(null);
        for (const { t, value } of line.points) values[index.get(t) ?? 0] = value;
        return { name: line.name, values };
      }),
    };
  }, [chart]);
  if (times.length === 0) return null;
  return (
    <div class="card">
      <h3>{chart.title}</h3>
      <Chart
        label={chart.title}
        times={times}
        series={series}
        unit={CHART_UNITS[chart.unit] ?? 'short'}
        height={190}
        from={from / 1000}
        to={to / 1000}
        sparse
      />
    </div>
  );
}
