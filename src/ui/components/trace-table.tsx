import type { TraceFactsBody } from '../../contracts/trace-search';
import { formatSeconds, formatUsd } from '../lib/format';
import { hrefTo, navigate } from '../lib/location';
import { colorOf, useTheme } from '../lib/theme';
import { Link } from './link';
import { Time } from './time';

export interface TraceTableProps {
  readonly rows: readonly TraceFactsBody[];
  /** The trace that the keyboard stands on. */
  readonly cursor: string;
  /** Traces ticked to be compared. */
  readonly picked: readonly string[];
  readonly onPick: (traceId: string) => void;
}

/** Traces, a line each. */
export function TraceTable({ rows, cursor, picked, onPick }: TraceTableProps) {
  const theme = useTheme();
  if (rows.length === 0) return null;
  const longest = rows.reduce((most, row) => Math.max(most, row.durationMs), 1);
  return (
    <section class="card scroll-x">
      <table class="rows traces">
        <thead>
          <tr>
            <th>
              <span class="visually-hidden">Compare</span>
            </th>
            <th>Trace</th>
            <th>Services</th>
            <th class="right">Spans</th>
            <th class="right">Tokens</th>
            <th class="right">Cost</th>
            <th>Duration</th>
            <th class="right">Started</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={row.traceId}
              class="clickable"
              aria-selected={row.traceId === cursor}
              onClick={() => navigate(hrefTo(`/trace/${row.traceId}`))}
            >
              <td onClick={(event) => event.stopPropagation()}>
                <input
                  type="checkbox"
                  aria-label={`Compare ${row.name} ${row.traceId.slice(0, 8)}`}
                  checked={picked.includes(row.traceId)}
                  onChange={() => onPick(row.traceId)}
                />
              </td>
              <td>
                <Link href={hrefTo(`/trace/${row.traceId}`)}>{row.name || '(no name)'}</Link>{' '}
                <span class="muted mono small">{row.traceId.slice(0, 8)}</span>{' '}
                {row.errorCount > 0 && <span class="pill error">{row.errorCount} failed</span>}
                {row.models.length > 0 && <div class="muted small">{row.models.join(', ')}</div>}
                {row.tokens !== null && (
                  <div class="muted small narrow-only">
                    {row.tokens.toLocaleString('en-US')} tokens
                    {row.costUsd === null ? '' : ` · ${formatUsd(row.costUsd)}`}
                  </div>
                )}
              </td>
              <td>
                <div class="labels">
                  {row.services.map((name) => (
                    <span key={name} class="row small service">
                      <span class="swatch" style={{ background: colorOf(name, theme) }} />
                      {name}
                    </span>
                  ))}
                </div>
              </td>
              <td class="right">{row.spanCount.toLocaleString('en-US')}</td>
              <td class="right">{row.tokens === null ? '–' : row.tokens.toLocaleString('en-US')}</td>
              <td class="right">{row.costUsd === null ? '–' : formatUsd(row.costUsd)}</td>
              <td class="duration">
                <span class="number">{formatSeconds(row.durationMs / 1000)}</span>
                <div class="bar">
                  <span style={{ width: `${Math.max(1, (row.durationMs / longest) * 100)}%` }} />
                </div>
              </td>
              <td class="right nowrap">
                <Time at={row.start} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
