import { useEffect, useState } from 'preact/hooks';
import { findTraces, operations, services } from '../api/jaeger';
import type { JaegerTrace } from '../api/jaeger';
import { Link } from '../components/link';
import { SendDataHint } from '../components/send-data-hint';
import { formatSeconds, formatTime } from '../lib/format';
import { onKey } from '../lib/keyboard';
import { hrefTo, navigate, setQuery, useLocation } from '../lib/location';
import { colorOf, useTheme } from '../lib/theme';
import { useTimeRange } from '../lib/time-range';
import { summarise } from '../lib/trace-model';
import { useFetched } from '../lib/use-fetched';

/** Search over traces; the form is the URL. */
export default function Traces() {
  const { query } = useLocation();
  const { range } = useTimeRange();
  const [theme] = useTheme();
  const [selected, setSelected] = useState(0);
  const [compare, setCompare] = useState<string[]>([]);
  const form = {
    service: query.get('service') ?? '',
    operation: query.get('operation') ?? '',
    tags: query.get('tags') ?? '',
    min: query.get('min') ?? '',
    max: query.get('max') ?? '',
    limit: query.get('limit') ?? '30',
    errors: query.get('errors') === '1',
  };
  const known = useFetched(`services@${Math.floor(range.to / 15_000)}`, (signal) => services(signal));
  const service = form.service !== '' ? form.service : (known.value?.[0] ?? '');
  const names = useFetched(`operations:${service}`, (signal) =>
    service === '' ? Promise.resolve([]) : operations(service, signal),
  );
  const tags = { ...parseTags(form.tags), ...(form.errors ? { error: 'true' } : {}) };
  const found = useFetched(JSON.stringify([service, form, range.from, range.to]), async (signal) =>
    service === ''
      ? []
      : findTraces(
          {
            service,
            operation: form.operation,
            tags,
            minDuration: form.min,
            maxDuration: form.max,
            from: range.from,
            to: range.to,
            limit: Number(form.limit),
          },
          signal,
        ),
  );
  const rows = (found.value ?? [])
    .map((trace) => ({ trace, summary: summarise(trace) }))
    .sort((a, b) => b.summary.start - a.summary.start);
  const longest = Math.max(1, ...rows.map((row) => row.summary.duration));

  useEffect(
    () =>
      onKey((key, event) => {
        if (key === 'j') setSelected((at) => Math.min(rows.length - 1, at + 1));
        else if (key === 'k') setSelected((at) => Math.max(0, at - 1));
        else if (key === 'Enter' && event.target === document.body && rows[selected] !== undefined)
          navigate(hrefTo(`/trace/${rows[selected].trace.traceID}`));
        else if (key === '/') {
          event.preventDefault();
          document.getElementById('trace-tags')?.focus();
        }
      }),
    [rows.length, selected],
  );
  if (known.value?.length === 0) return <SendDataHint />;
  return (
    <div class="stack">
      <form class="card row search" role="search" onSubmit={(event) => event.preventDefault()}>
        <Field label="Service">
          <select
            value={service}
            onChange={(event) => setQuery({ service: event.currentTarget.value, operation: undefined })}
          >
            {(known.value ?? []).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </Field>
        <Field label="Operation">
          <select value={form.operation} onChange={(event) => setQuery({ operation: event.currentTarget.value })}>
            <option value="">any</option>
            {(names.value ?? []).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </Field>
        <Field label="Attributes" wide>
          <input
            id="trace-tags"
            placeholder="gen_ai.request.model=claude-sonnet-4 error=true"
            value={form.tags}
            onChange={(event) => setQuery({ tags: event.currentTarget.value })}
          />
        </Field>
        <Field label="At least">
          <input
            size={7}
            placeholder="100ms"
            value={form.min}
            onChange={(event) => setQuery({ min: event.currentTarget.value })}
          />
        </Field>
        <Field label="At most">
          <input
            size={7}
            placeholder="10s"
            value={form.max}
            onChange={(event) => setQuery({ max: event.currentTarget.value })}
          />
        </Field>
        <Field label="Limit">
          <select
            value={form.limit}
            onChange={(event) =>
              setQuery({ limit: event.currentTarget.value === '30' ? undefined : event.currentTarget.value })
            }
          >
            {['30', '100', '300'].map((limit) => (
              <option key={limit}>{limit}</option>
            ))}
          </select>
        </Field>
        <button
          class="button"
          type="button"
          aria-pressed={form.errors}
          onClick={() => setQuery({ errors: form.errors ? undefined : '1' })}
        >
          Only errors
        </button>
      </form>
      {found.error !== undefined && <p class="notice error">{found.error}</p>}
      {compare.length === 2 && (
        <Link class="button primary" href={hrefTo(`/trace/${compare[0]}`, { compare: compare[1] ?? '' })}>
          Compare the two chosen traces
        </Link>
      )}
      <section class="card scroll-x">
        <table>
          <thead>
            <tr>
              <th>
                <span class="visually-hidden">Compare</span>
              </th>
              <th>Trace</th>
              <th>Services</th>
              <th class="right">Spans</th>
              <th class="right">Tokens</th>
              <th>Duration</th>
              <th class="right">Started</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ trace, summary }, index) => (
              <tr
                key={trace.traceID}
                class="clickable"
                aria-selected={index === selected}
                onClick={() => navigate(hrefTo(`/trace/${trace.traceID}`))}
              >
                <td onClick={(event) => event.stopPropagation()}>
                  <input
                    type="checkbox"
                    aria-label={`Compare ${trace.traceID}`}
                    checked={compare.includes(trace.traceID)}
                    onChange={() =>
                      setCompare((list) =>
                        list.includes(trace.traceID)
                          ? list.filter((id) => id !== trace.traceID)
                          : [...list, trace.traceID].slice(-2),
                      )
                    }
                  />
                </td>
                <td>
                  <Link href={hrefTo(`/trace/${trace.traceID}`)}>{summary.name}</Link>{' '}
                  <span class="muted mono small">{trace.traceID.slice(0, 8)}</span>{' '}
                  {summary.errors > 0 && <span class="pill error">{summary.errors} failed</span>}
                </td>
                <td>
                  <div class="labels">
                    {summary.services.map((name) => (
                      <span key={name} class="row small">
                        <span class="swatch" style={{ background: colorOf(name, theme) }} />
                        {name}
                      </span>
                    ))}
                  </div>
                </td>
                <td class="right">{trace.spans.length}</td>
                <td class="right">{summary.tokens === undefined ? '–' : summary.tokens.toLocaleString('en-US')}</td>
                <td>
                  <Duration trace={trace} share={summary.duration / longest} />
                </td>
                <td class="right">{formatTime(summary.start / 1000)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length === 0 && found.value !== undefined && (
          <p class="muted">No trace in this range passes the conditions.</p>
        )}
      </section>
    </div>
  );
}

function Duration({ trace, share }: { readonly trace: JaegerTrace; readonly share: number }) {
  return (
    <div style={{ minWidth: '120px' }}>
      <span class="number">{formatSeconds(summarise(trace).duration / 1e6)}</span>
      <div class="bar">
        <span style={{ width: `${Math.max(1, share * 100)}%` }} />
      </div>
    </div>
  );
}

function Field({
  label,
  wide,
  children,
}: {
  readonly label: string;
  readonly wide?: boolean;
  readonly children: preact.ComponentChildren;
}) {
  return (
    <label class="field" style={wide === true ? { flex: '1 1 220px' } : {}}>
      <span>{label}</span>
      {children}
    </label>
  );
}

/** `a=b c="d e"` as pairs. */
export function parseTags(text: string): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const match of text.matchAll(/([^\s=]+)=(?:"([^"]*)"|(\S*))/g))
    tags[match[1] ?? ''] = match[2] ?? match[3] ?? '';
  return tags;
}
