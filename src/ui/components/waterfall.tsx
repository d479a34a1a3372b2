import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatSeconds, formatUsd } from '../lib/format';
import { colorOfSpan, costOf, measureOf } from '../lib/span-usage';
import type { BarMode } from '../lib/span-usage';
import { useTheme } from '../lib/theme';
import type { Theme } from '../lib/theme';
import type { Row, SpanNode } from '../lib/trace-model';

export interface WaterfallProps {
  readonly rows: readonly Row[];
  readonly all: readonly SpanNode[];
  /** Microseconds. */
  readonly start: number;
  readonly duration: number;
  /** Spans of the critical path; the others are dimmed. Undefined: no path is shown. */
  readonly path: ReadonlySet<string> | undefined;
  readonly collapsed: ReadonlySet<string>;
  readonly selected: string;
  readonly colorBy: string;
  /** What the bars stand for. */
  readonly mode: BarMode;
  readonly onToggle: (key: string) => void;
  readonly onSelect: (id: string) => void;
}

const ROW_HEIGHT = 26;
const OVERSCAN = 12;

/** The spans of a trace on a common axis. Only the rows in view exist; the axis zooms by dragging. */
export function Waterfall(props: WaterfallProps) {
  const { rows, start, duration } = props;
  const [theme] = useTheme();
  const viewport = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 640 });
  const [zoom, setZoom] = useState<readonly [number, number] | undefined>();
  const [ruler, setRuler] = useState<readonly number[]>([]);
  const measured = useMemo(() => {
    const most = (values: readonly (number | undefined)[]): number =>
      values.reduce<number>((max, value) => Math.max(max, value ?? 0), 0);
    return {
      cost: most(props.all.map((node) => costOf(node.attributes))),
      bar: most(props.all.map((node) => measureOf(node, props.mode))),
    };
  }, [props.all, props.mode]);
  const [from, to] = zoom ?? [start, start + Math.max(1, duration)];

  useEffect(() => {
    const element = viewport.current;
    if (element === null) return undefined;
    const update = (): void => setScroll({ top: element.scrollTop, height: element.clientHeight });
    const resize = new ResizeObserver(update);
    resize.observe(element);
    element.addEventListener('scroll', update, { passive: true });
    return () => {
      resize.disconnect();
      element.removeEventListener('scroll', update);
    };
  }, []);
  useEffect(() => {
    const element = viewport.current;
    const index = rows.findIndex((row) => row.kind === 'span' && row.node.id === props.selected);
    if (element === null || index < 0) return;
    const top = index * ROW_HEIGHT;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW_HEIGHT > element.scrollTop + element.clientHeight)
      element.scrollTop = top + ROW_HEIGHT - element.clientHeight;
  }, [props.selected]);

  const first = Math.max(0, Math.floor(scroll.top / ROW_HEIGHT) - OVERSCAN);
  const last = Math.min(rows.length, Math.ceil((scroll.top + scroll.height) / ROW_HEIGHT) + OVERSCAN);
  return (
    <section class="card waterfall" aria-label="Waterfall">
      <Minimap
        all={props.all}
        start={start}
        duration={duration}
        from={from}
        to={to}
        theme={theme}
        colorBy={props.colorBy}
        mostCost={measured.cost}
        onZoom={setZoom}
      />
      <Axis
        from={from}
        to={to}
        origin={start}
        ruler={ruler}
        onZoom={setZoom}
        onMark={(at) => setRuler((marks) => (marks.length === 2 ? [] : [...marks, at]))}
        onReset={() => {
          setZoom(undefined);
          setRuler([]);
        }}
      />
      <div
        class="waterfall-rows"
        ref={viewport}
        role="tree"
        aria-label="Spans"
        tabIndex={0}
        style={{ maxHeight: 'calc(100vh - 260px)' }}
      >
        <div style={{ height: `${rows.length * ROW_HEIGHT}px`, position: 'relative' }}>
          {rows.slice(first, last).map((row, index) => (
            <WaterfallRow
              key={row.kind === 'span' ? row.node.id : row.key}
              row={row}
              top={(first + index) * ROW_HEIGHT}
              from={from}
              to={to}
              theme={theme}
              mostCost={measured.cost}
              mostBar={measured.bar}
              {...props}
            />
          ))}
        </div>
      </div>
    </section>
  );
}

function WaterfallRow({
  row,
  top,
  from,
  to,
  theme,
  mostCost,
  mostBar,
  ...props
}: {
  readonly row: Row;
  readonly top: number;
  readonly from: number;
  readonly to: number;
  readonly theme: Theme;
  readonly mostCost: number;
  readonly mostBar: number;
} & WaterfallProps) {
  const scale = (time: number): number => ((time - from) / (to - from)) * 100;
  if (row.kind === 'repeat') {
    const { members, name, depth } = row.group;
    const durations = members.map((node) => node.duration).sort((a, b) => a - b);
    const text = `${name} × ${members.length}`;
    return (
      <div
        class="waterfall-row repeat"
        style={{ top: `${top}px` }}
        role="treeitem"
        aria-level={depth + 1}

        onClick={() => props.onToggle(`open:${row.key}`)}
      >
        <div class="waterfall-name" style={{ paddingLeft: `${depth * 14 + 4}px` }}>
          <span class="twist">▸</span>
          {text}
        </div>
        <div class="waterfall-lane">
          {members.slice(0, 200).map((node) => (
            <i
              key={node.id}
              class="waterfall-bar"
              style={{
                left: `${scale(node.start)}%`,
                width: `${widthOf(node.duration, from, to)}%`,
                background: colorOfSpan(node, props.colorBy, theme, mostCost),
              }}
            />
          ))}
        </div>
        <div class="waterfall-time">
          {formatSeconds((durations[0] ?? 0) / 1e6)} / {formatSeconds((durations[durations.length >> 1] ?? 0) / 1e6)} /{' '}
          {formatSeconds((durations.at(-1) ?? 0) / 1e6)}
        </div>
      </div>
    );
  }
  const { node } = row;
  const color = colorOfSpan(node, props.colorBy, theme, mostCost);
  const dim = props.path !== undefined && !props.path.has(node.id);
  const wait =
    node.firstChunk !== undefined && node.duration > 0
      ? Math.min(100, (node.firstChunk / node.duration) * 100)
      : undefined;
  const measure = measureOf(node, props.mode);
  const folded = props.collapsed.has(node.id);
  const label = `${node.service}: ${node.name}, ${formatSeconds(node.duration / 1e6)}${node.failed ? ', failed' : ''}`;
  return (
    <div
      class={`waterfall-row${dim ? ' dim' : ''}${node.failed ? ' failed' : ''}`}
      style={{ top: `${top}px` }}
      role="treeitem"
      aria-level={node.depth + 1}
      aria-selected={node.id === props.selected}

      onClick={() => props.onSelect(node.id)}
    >
      <div class="waterfall-name" style={{ paddingLeft: `${Math.min(node.depth, 14) * 14 + 4}px` }} title={label}>
        {node.children.length > 0 ? (
          <button
            class="twist"
            type="button"
            tabIndex={-1}
            aria-label={folded ? 'Expand' : 'Collapse'}
            onClick={(event) => {
              event.stopPropagation();
              props.onToggle(node.id);
            }}
          >
            {folded ? '▸' : '▾'}
          </button>
        ) : (
          <span class="twist" />
        )}
        <span class="swatch" style={{ background: color }} />
        <span class="waterfall-text">{node.name}</span>
        {node.failed && <span class="bad">✕</span>}
        {node.orphan && <span class="muted small">parent missing or still running</span>}
      </div>
      <div class="waterfall-lane">
        <i
          class={`waterfall-bar${node.waiting ? ' hatched' : ''}`}
          style={
            props.mode === 'time'
              ? { left: `${scale(node.start)}%`, width: `${widthOf(node.duration, from, to)}%`, background: color }
              : { left: 0, width: `${mostBar === 0 ? 0 : ((measure ?? 0) / mostBar) * 100}%`, background: color }
          }
          hidden={measure === undefined}
        >
          {props.mode === 'time' && wait !== undefined && <i class="waterfall-wait" style={{ width: `${wait}%` }} />}
        </i>
        {props.mode === 'time' &&
          retriesOf(node).map((at) => (
            <i key={at} class="waterfall-retry" style={{ left: `${scale(at)}%` }} title="retry" />
          ))}
      </div>
      <div class="waterfall-time">{measureText(measure, props.mode)}</div>
    </div>
  );
}

function Axis({
  from,
  to,
  origin,
  ruler,
  onZoom,
  onMark,
  onReset,
}: {
  readonly from: number;
  readonly to: number;
  readonly origin: number;
  readonly ruler: readonly number[];
  readonly onMark: (at: number) => void;
  readonly onZoom: (range: readonly [number, number]) => void;
  readonly onReset: () => void;
}) {
  const lane = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<readonly [number, number] | undefined>();
  const at = (event: PointerEvent): number => {
    const box = lane.current?.getBoundingClientRect();
    return box === undefined ? 0 : Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
  };
  return (
    <div class="waterfall-axis">
      <div class="waterfall-name muted small">Span</div>
      <div
        class="waterfall-lane"
        ref={lane}
        title="Drag to zoom, click twice to measure, double-click to reset"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag([at(event), at(event)]);
        }}
        onPointerMove={(event) => drag !== undefined && setDrag([drag[0], at(event)])}
        onPointerUp={() => {
          if (drag !== undefined && Math.abs(drag[1] - drag[0]) > 0.01)
            onZoom([from + Math.min(...drag) * (to - from), from + Math.max(...drag) * (to - from)]);
          else if (drag !== undefined) onMark(from + drag[1] * (to - from));
          setDrag(undefined);
        }}
        onDblClick={onReset}
      >
        {[0, 0.25, 0.5, 0.75, 1].map((share) => (
          <span
            key={share}
            class={`tick${share === 0.25 || share === 0.75 ? ' minor' : ''}`}
            style={share === 1 ? { right: 0 } : { left: `${share * 100}%` }}
          >
            {formatSeconds((from + share * (to - from) - origin) / 1e6)}
          </span>
        ))}
        {ruler[0] !== undefined && (
          <i
            class="axis-drag ruler"
            style={{
              left: `${((Math.min(...ruler) - from) / (to - from)) * 100}%`,
              width: `${((Math.max(...ruler) - Math.min(...ruler)) / (to - from)) * 100}%`,
            }}
          >
            {ruler[1] === undefined ? '' : formatSeconds(Math.abs(ruler[1] - ruler[0]) / 1e6)}
          </i>
        )}
        {drag !== undefined && drag[0] !== drag[1] && (
          <i
            class="axis-drag"
            style={{ left: `${Math.min(...drag) * 100}%`, width: `${Math.abs(drag[1] - drag[0]) * 100}%` }}
          >
            {formatSeconds((Math.abs(drag[1] - drag[0]) * (to - from)) / 1e6)}
          </i>
        )}
      </div>
      <div class="waterfall-time" />
    </div>
  );
}

function Minimap({
  all,
  start,
  duration,
  from,
  to,
  theme,
  colorBy,
  mostCost,
  onZoom,
}: {
  readonly all: readonly SpanNode[];
  readonly start: number;
  readonly duration: number;
  readonly from: number;
  readonly to: number;
  readonly theme: Theme;
  readonly colorBy: string;
  readonly mostCost: number;
  readonly onZoom: (range: readonly [number, number] | undefined) => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const total = Math.max(1, duration);
  const shape = useMemo(
    () => all.map((node) => [node.start, node.duration, colorOfSpan(node, colorBy, theme, mostCost)] as const),
    [all, colorBy, theme, mostCost],
  );
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (element === null || context === null || context === undefined) return;
    const width = (element.width = element.clientWidth * devicePixelRatio);
    const height = (element.height = element.clientHeight * devicePixelRatio);
    const line = Math.max(0.5, height / Math.max(1, shape.length));
    shape.forEach(([at, length, color], index) => {
      context.fillStyle = color;
      context.fillRect(
        ((at - start) / total) * width,
        index * line,
        Math.max(1, (length / total) * width),
        Math.max(0.5, line - (line > 2 ? 1 : 0)),
      );
    });
  }, [shape]);
  return (
    <div class="minimap" title="Click to go back to the whole trace" onClick={() => onZoom(undefined)}>
      <canvas ref={canvas} aria-hidden="true" />
      <i style={{ left: `${((from - start) / total) * 100}%`, width: `${((to - from) / total) * 100}%` }} />
    </div>
  );
}

function widthOf(duration: number, from: number, to: number): number {
  return Math.max(0.15, (duration / (to - from)) * 100);
}

/** Instants of the events that say that something was tried again, in microseconds. */
function retriesOf(node: SpanNode): number[] {
  return node.span.logs
    .filter((log) => log.fields.some(({ key, value }) => key === 'event' && /retry/i.test(String(value))))
    .map((log) => log.timestamp);
}

function measureText(value: number | undefined, mode: BarMode): string {
  if (value === undefined) return '–';
  return mode === 'time'
    ? formatSeconds(value / 1e6)
    : mode === 'cost'
      ? formatUsd(value)
      : value.toLocaleString('en-US');
}
