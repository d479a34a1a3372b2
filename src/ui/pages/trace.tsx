import { useEffect, useMemo, useState } from 'preact/hooks';
import type { TraceOutlineBody } from '../../contracts/trace-search';
import { traceOutline } from '../api/traces';
import { SpanDetail } from '../components/span-detail';
import { TraceComparison } from '../components/trace-comparison';
import { TraceHeader } from '../components/trace-header';
import { Waterfall } from '../components/waterfall';
import type { PageProps } from '../lib/page';
import { setQuery, useLocation } from '../lib/location';
import { durationWithoutWaits } from '../lib/span-usage';
import { buildTree, criticalPath, flatten, spanContains, visibleRows } from '../lib/trace-model';
import type { SpanNode } from '../lib/trace-model';
import { numbersText, toggleCollapsed, useTraceViewState } from '../lib/trace-view-state';
import { useKeys } from '../lib/use-keys';
import { useFetched } from '../lib/use-fetched';
import { Loading } from '../components/loading';

/** A trace that may grow is asked for again after so many milliseconds. */
const AGAIN = 3000;
/** Milliseconds after its end in which it may. */
const YOUNG = 120_000;
/** Spans. */
const SMALL = 3000;

/** One trace, or two side by side. */
export default function TracePage({ rest }: PageProps) {
  const { query } = useLocation();
  const other = query.get('compare');
  const [turn, setTurn] = useState(0);
  const { value, error, loading } = useFetched(`trace:${rest}:${turn}`, (signal) => traceOutline(rest, signal));
  const grows = value !== undefined && mayGrow(value) && query.get('refresh') !== 'off';
  useEffect(() => {
    if (!grows) return undefined;
    const timer = setTimeout(() => setTurn(turn + 1), AGAIN);
    return () => clearTimeout(timer);
  }, [value, grows]);
  if (error !== undefined && value === undefined)
    return (
      <div class="empty">
        <p>{error}</p>
        <p class="muted">It may be older than what is kept, sampled out, or not arrived yet.</p>
      </div>
    );
  if (value === undefined) return <Loading height={320} busy={loading} />;
  return other === null ? <TraceView outline={value} /> : <TraceComparison outline={value} other={other} />;
}

function TraceView({ outline }: { readonly outline: TraceOutlineBody }) {
  const { facts } = outline;
  const state = useTraceViewState(facts.services.length);
  const start = Math.round(facts.start * 1000);
  const duration = facts.durationMs * 1000;
  const roots = useMemo(() => buildTree(outline.spans), [outline]);
  const all = useMemo(() => flatten(roots), [roots]);
  const path = useMemo(() => criticalPath(roots), [roots]);
  const shown = useMemo(
    () => (state.focus === '' ? roots : all.filter((node) => node.id === state.focus)),
    [roots, all, state.focus],
  );
  const collapsedKey = [...state.collapsed].join('.');
  const rows = useMemo(() => visibleRows(shown, state.collapsed, state.fold), [shown, collapsedKey, state.fold]);
  const found = useMemo(
    () =>
      state.find === '' ? undefined : new Set(all.filter((node) => spanContains(node, state.find)).map(({ id }) => id)),
    [all, state.find],
  );
  const selected = all.find((node) => node.id === state.selected);
  const active = useMemo(() => durationWithoutWaits(all, duration), [all, duration]);
  const toggle = (key: string): void => toggleCollapsed(state.collapsed, key);
  const select = (id: string): void => {
    // What is selected can be seen: nothing above it stays collapsed.
    const shut = new Set(state.collapsed);
    for (let node = all.find((each) => each.id === id)?.parent; node !== undefined; node = node.parent)
      shut.delete(node.id);
    setQuery({ span: id, shut: [...shut].join('.') });
  };

  useKeys((key, event) => {
    const spans = rows.flatMap((row) => (row.kind === 'span' ? [row.node] : []));
    const at = spans.findIndex((node) => node.id === state.selected);
    const go = (node: SpanNode | undefined): void => {
      if (node === undefined) return;
      event.preventDefault();
      select(node.id);
    };
    const goNext = (passes: (node: SpanNode) => boolean, direction: 1 | -1): void => {
      const list = direction === 1 ? all : [...all].reverse();
      const here = list.findIndex((node) => node.id === state.selected);
      go([...list.slice(here + 1), ...list.slice(0, here + 1)].find(passes));
    };
    if (key === 'j' || key === 'ArrowDown') go(spans[Math.min(spans.length - 1, at + 1)]);
    else if (key === 'k' || key === 'ArrowUp') go(spans[Math.max(0, at - 1)]);
    else if (key === 'e') goNext((node) => node.failed, 1);
    else if (key === 'E') goNext((node) => node.failed, -1);
    else if (key === 'n' && found !== undefined) goNext((node) => found.has(node.id), 1);
    else if (key === 'N' && found !== undefined) goNext((node) => found.has(node.id), -1);
    else if (key === 'c') setQuery({ path: state.onlyPath ? undefined : '1' });
    else if (key === 'f') setQuery({ focus: state.focus === '' ? state.selected : undefined });
    else if (key === '/') {
      event.preventDefault();
      document.getElementById('trace-find')?.focus();
    } else if (key === 'Escape') goBack(state);
    else if (
      (key === 'ArrowLeft' && selected !== undefined && !state.collapsed.has(selected.id)) ||
      (key === 'ArrowRight' && selected !== undefined && state.collapsed.has(selected.id))
    )
      toggle(selected.id);
  });

  return (
    <div class="stack">
      <TraceHeader facts={facts} state={state} active={active} matches={found?.size} />
      {state.focus !== '' && (
        <p class="notice row">
          Only one span and what is below it is shown.
          <button class="button" type="button" onClick={() => setQuery({ focus: undefined })}>
            Show all
          </button>
        </p>
      )}
      {outline.missingParents.length > 0 && (
        <p class="muted small">
          {outline.missingParents.length === 1
            ? 'One span that others point to has not arrived'
            : `${outline.missingParents.length} spans that others point to have not arrived`}
          : what is there is drawn.
        </p>
      )}
      <div class={selected === undefined ? '' : 'split'}>
        <Waterfall
          rows={rows}
          all={all}
          start={start}
          duration={duration}
          path={state.onlyPath ? path : undefined}
          found={found}
          collapsed={state.collapsed}
          selected={state.selected}
          colorBy={state.colorBy}
          mode={state.mode}
          zoom={state.zoom === undefined ? undefined : [start + state.zoom[0], start + state.zoom[1]]}
          ruler={state.ruler.map((at) => start + at)}
          onZoom={(zoom) => setQuery({ zoom: numbersText(zoom?.map((at) => at - start)) })}
          onRuler={(ruler) => setQuery({ ruler: numbersText(ruler.map((at) => at - start)) })}
          onToggle={toggle}
          onSelect={(id) => (id === state.selected ? setQuery({ span: undefined }) : select(id))}
        />
        {selected !== undefined && (
          <SpanDetail key={selected.id} traceId={facts.traceId} node={selected} all={all} traceStart={start} />
        )}
      </div>
    </div>
  );
}

/** Whether spans may still come: it is young, something of it runs or is missing, and it is small enough to be read again. */
function mayGrow({ facts, missingParents, spans }: TraceOutlineBody): boolean {
  const end = facts.start + facts.durationMs;
  const isOpen = missingParents.length > 0 || spans.some((span) => span.running) || Date.now() - end < 15_000;
  return isOpen && Date.now() - end < YOUNG && spans.length < SMALL;
}

/** One step: out of the search, the zoom, the focus, then the selection. */
function goBack({ find, zoom, focus }: ReturnType<typeof useTraceViewState>): void {
  if (find !== '') setQuery({ find: undefined });
  else if (zoom !== undefined) setQuery({ zoom: undefined, ruler: undefined });
  else if (focus !== '') setQuery({ focus: undefined });
  else setQuery({ span: undefined, ruler: undefined });
}
