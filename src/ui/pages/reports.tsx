import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Recommendation, Report, ReportCell, ReportChart, ReportTable, ReportUnit } from '../api/reports';
import type { ChartProps } from '../components/chart';
import { Link } from '../components/link';
import { Loading } from '../components/loading';
import { formatAgo, formatSeconds, formatTime, formatUsd, formatValue } from '../lib/format';
import { lazy } from '../lib/lazy';
import { hrefTo, setQuery, useLocation } from '../lib/location';
import { parseInstant } from '../lib/instant';
import { useTimeRange } from '../lib/time-range';
import type { TimeRange } from '../lib/time-range';
import { useReport } from '../lib/use-report';
import type { MadeReport } from '../lib/use-report';

const Chart = lazy<ChartProps>(() => import('../components/chart'), 200);

/** So many rows without anything are left out until asked for. */
const FEW_QUIET = 4;

/** What a period was like against the one before, and what to do about it. */
export default function Reports() {
  const { query } = useLocation();
  const { range } = useTimeRange();
  const chosen = query.get('from') !== null;
  useEffect(() => {
    // A quarter of an hour is no period to report on.
    if (!chosen) setQuery({ from: 'now-24h', refresh: 'off' });
  }, []);
  return chosen ? <Period key={`${range.fromText} ${range.toText}`} range={range} /> : null;
}

function Period({ range }: { readonly range: TimeRange }) {
  const { report, since, error, again } = useReport(`${range.fromText} ${range.toText}`, () => {
    const now = Date.now();
    return [parseInstant(range.fromText, now) ?? range.from, parseInstant(range.toText, now) ?? range.to];
  });
  return (
    <div class="stack report" aria-busy={since !== undefined}>
      <div class="row">
        {report !== undefined && (
          <span class="muted small">
            {formatTime(report.from)} – {formatTime(report.to)}, against the{' '}
            {formatSeconds((report.to - report.from) / 1000)} before · made <Ago at={report.at} />
          </span>
        )}
        {since !== undefined && report !== undefined && (
          <span class="muted small" role="status">
            making a new one …
          </span>
        )}
        <span class="grow" />
        {report !== undefined && <Exports report={report} />}
        {report !== undefined && (
          <button class="button" type="button" disabled={since !== undefined} onClick={again}>
            Make again
          </button>
        )}
      </div>
      {error !== '' && (
        <p class="notice error row">
          {error}
          <button class="button" type="button" onClick={again}>
            Try again
          </button>
        </p>
      )}
      {report !== undefined ? <Body value={report.value} /> : since !== undefined && <Making since={since} />}
    </div>
  );
}

/** The report as files: what the page shows, of the same instants. */
function Exports({ report }: { readonly report: MadeReport }) {
  const parameters = new URLSearchParams({ from: String(Math.round(report.from)), to: String(Math.round(report.to)) });
  return (
    <>
      <a class="button" href={`/api/stack/reports?${parameters}&format=html`} download="telltale-report.html">
        Save as one HTML file
      </a>
      <a class="button" href={`/api/stack/reports?${parameters}&format=markdown`} download="telltale-report.md">
        Markdown
      </a>
      <button class="button" type="button" onClick={() => window.print()}>
        Print
      </button>
    </>
  );
}

/** How long it takes so far, over the shape of what comes. */
function Making({ since }: { readonly since: number }) {
  const now = useEverySecond();
  return (
    <>
      <p class="muted" role="status">
        Reading every model call and span of this period and of the one before
        {now - since >= 2000 && `: ${Math.round((now - since) / 1000)} s so far`} …
      </p>
      <div class="grid">
        <Loading height={150} />
        <Loading height={150} />
      </div>
      <Loading height={260} />
    </>
  );
}

function Ago({ at }: { readonly at: number }) {
  return <>{formatAgo(at, useEverySecond())}</>;
}

/** The time, told every second. */
function useEverySecond(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
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
