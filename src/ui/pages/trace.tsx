import { useEffect, useMemo, useState } from 'preact/hooks';
import type { PageProps } from '../lib/page';
import { trace as fetchTrace } from '../api/jaeger';
import type { JaegerTrace } from '../api/jaeger';
import { SpanDetail } from '../components/span-detail';
import { Waterfall } from '../components/waterfall';
import { formatSeconds, formatTime, formatUsd } from '../lib/format';
import { onKey } from '../lib/keyboard';
import { setQuery, useLocation } from '../lib/location';
import { BAR_MODES, COLOR_MODES, costOf, durationWithoutWaits } from '../lib/span-usage';
import { toOtlpJson } from '../lib/to-otlp';
import { buildTree, criticalPath, flatten, summarise, visibleRows } from '../lib/trace-model';
import { useFetched } from '../lib/use-fetched';

/** One trace, or two side by side. */
export default function TracePage({ rest }: PageProps) {
  const { query } = useLocation();
  const other = query.get('compare');
  const { value, error, loading } = useFetched(`trace:${rest}`, (signal) => fetchTrace(rest, signal));
  const second = useFetched(`trace:${other ?? ''}`, (signal) =>
    other === null ? Promise.resolve(undefined) : fetchTrace(other, signal),
  );
  if (error !== undefined) return <p class="notice error">{error}</p>;
  if (value === undefined)
    return loading ? (
      <div class="loading" aria-busy="true" />
    ) : (
      <div class="empty">No trace has this id. It may be older than what is kept.</div>
    );
  if (other !== null) {
    return (
      <div class="compare">
        <TraceView trace={value} compact />
        {second.error !== undefined ? (
          <p class="notice error">{second.error}</p>
        ) : second.value === undefined ? (
          <div class="loading" />
        ) : (
          <TraceView trace={second.value} compact />
        )}
      </div>
    );
  }
  return <TraceView trace={value} compact={false} />;
}

function TraceView({ trace, compact }: { readonly trace: JaegerTrace; readonly compact: boolean }) {
  const { query } = useLocation();
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const facts = useMemo(() => summarise(trace), [trace]);
  const roots = useMemo(() => buildTree(trace), [trace]);
  const all = useMemo(() => flatten(roots), [roots]);
  const path = useMemo(() => criticalPath(roots), [roots]);
  const fold = query.get('fold') !== '0';
  const focus = query.get('focus');
  const shown = useMemo(() => (focus === null ? roots : all.filter((node) => node.id === focus)), [roots, all, focus]);
  const rows = useMemo(() => visibleRows(shown, collapsed, fold), [shown, collapsed, fold]);
  const selectedId = query.get('span') ?? '';
  const selected = all.find((node) => node.id === selectedId);
  const onlyPath = query.get('path') === '1';
  const colorBy = query.get('color') ?? 'service';
  const mode = BAR_MODES.find((name) => name === query.get('bars')) ?? 'time';
  const active = useMemo(() => durationWithoutWaits(all, facts.duration), [all, facts]);
  const withoutWaits = query.get('waits') === '0';
  const costs = all.flatMap((node) => costOf(node.attributes) ?? []);
  const toggle = (key: string): void =>
    setCollapsed((set) => {
      const next = new Set(set);
      if (!next.delete(key)) next.add(key);
      return next;
    });

  useEffect(() => {
    if (compact) return undefined;
    return onKey((key, event) => {
      const spans = rows.flatMap((row) => (row.kind === 'span' ? [row.node] : []));
      const at = spans.findIndex((node) => node.id === selectedId);
      const go = (node: { id: string } | undefined): void => {
        if (node === undefined) return;
        event.preventDefault();
        setQuery({ span: node.id });
      };
      if (key === 'j' || key === 'ArrowDown') go(spans[Math.min(spans.length - 1, at + 1)]);
      else if (key === 'k' || key === 'ArrowUp') go(spans[Math.max(0, at - 1)]);
      else if (key === 'e')
        go([...all.slice(all.findIndex((node) => node.id === selectedId) + 1), ...all].find((node) => node.failed));
      else if (key === 'c') setQuery({ path: onlyPath ? undefined : '1' });
      else if (key === 'f') setQuery({ focus: focus === null ? selectedId : undefined });
      else if (key === 'Escape') setQuery(focus === null ? { span: undefined } : { focus: undefined });
      else if (
        (key === 'ArrowLeft' && selected !== undefined && !collapsed.has(selected.id)) ||
        (key === 'ArrowRight' && selected !== undefined && collapsed.has(selected.id))
      )
        toggle(selected.id);
    });
  }, [rows, selectedId, onlyPath, focus, collapsed, compact]);

  return (
    <div class="stack">
      <header class="row">
        <h2>{facts.name}</h2>
        <code class="muted">{trace.traceID}</code>
        <span class="pill">
          {withoutWaits ? `${formatSeconds(active / 1e6)} without waits` : formatSeconds(facts.duration / 1e6)}
        </span>
        <span class="pill">{trace.spans.length} spans</span>
        {facts.tokens !== undefined && <span class="pill">{facts.tokens.toLocaleString('en-US')} tokens</span>}
        {costs.length > 0 && <span class="pill">{formatUsd(costs.reduce((sum, cost) => sum + cost, 0))}</span>}
        {facts.errors > 0 && <span class="pill error">{facts.errors} failed</span>}
        <span class="muted small">{formatTime(facts.start / 1000)}</span>
        <span class="grow" />
        {!compact && (
          <>
            <label class="row small">
              Colour by
              <select
                value={colorBy}
                onChange={(event) =>
                  setQuery({ color: event.currentTarget.value === 'service' ? undefined : event.currentTarget.value })
                }
              >
                {COLOR_MODES.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </label>
            <label class="row small">
              Bars
              <select
                value={mode}
                onChange={(event) =>
                  setQuery({ bars: event.currentTarget.value === 'time' ? undefined : event.currentTarget.value })
                }
              >
                {BAR_MODES.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </label>
            {active < facts.duration && (
              <button
                class="button"
                type="button"
                aria-pressed={withoutWaits}
                onClick={() => setQuery({ waits: withoutWaits ? undefined : '0' })}
              >
                Without waits
              </button>
            )}
            <button
              class="button"
              type="button"
              aria-pressed={onlyPath}
              onClick={() => setQuery({ path: onlyPath ? undefined : '1' })}
            >
              Critical path
            </button>
            <button
              class="button"
              type="button"
              aria-pressed={fold}
              onClick={() => setQuery({ fold: fold ? '0' : undefined })}
            >
              Fold repeats
            </button>
            <button
              class="button"
              type="button"
              onClick={() => void navigator.clipboard.writeText(JSON.stringify(trace, null, 2))}
            >
              Copy JSON
            </button>
            <button
              class="button"
              type="button"
              onClick={() =>
                void navigator.clipboard.writeText(`curl '${window.location.origin}/api/traces/${trace.traceID}'`)
              }
            >
              Copy curl
            </button>
            <button
              class="button"
              type="button"
              onClick={() => void navigator.clipboard.writeText(JSON.stringify(toOtlpJson(trace)))}
            >
              Copy OTLP
            </button>
          </>
        )}
      </header>
      {focus !== null && (
        <p class="notice">
          Only the subtree of one span is shown.{' '}
          <button class="button" type="button" onClick={() => setQuery({ focus: undefined })}>
            Show all
          </button>
        </p>
      )}
      <div class={selected !== undefined && !compact ? 'split' : ''}>
        <Waterfall
          rows={rows}
          all={all}
          start={facts.start}
          duration={facts.duration}
          path={onlyPath ? path : undefined}
          collapsed={collapsed}
          selected={selectedId}
          colorBy={colorBy}
          mode={mode}
          onToggle={toggle}
          onSelect={(id) => setQuery({ span: id === selectedId ? undefined : id })}
        />
        {selected !== undefined && !compact && <SpanDetail node={selected} all={all} traceStart={facts.start} />}
      </div>
    </div>
  );
}
