import { colorOfSpan, measureOf, measureText } from '../lib/span-usage';
import type { Theme } from '../lib/theme';
import type { RepeatGroup, Row, SpanNode } from '../lib/trace-model';
import type { WaterfallProps } from './waterfall-props';

export interface WaterfallRowProps extends Pick<
  WaterfallProps,
  'path' | 'found' | 'collapsed' | 'selected' | 'colorBy' | 'mode' | 'onToggle' | 'onSelect'
> {
  readonly row: Row;
  /** Pixels from the first row. */
  readonly top: number;
  /** Edges of the lane, in microseconds. */
  readonly from: number;
  readonly to: number;
  readonly theme: Theme;
  /** Of the dearest span. */
  readonly mostCost: number;
  /** The largest of what the bars stand for. */
  readonly mostBar: number;
}

const INDENT = 14;
const MOST_INDENTS = 14;
/** Pixels that the button of a span with children takes. */
const TWIST = 20;
/** Percent of the lane that the shortest span takes. */
const LEAST_WIDTH = 0.15;

/** One line of a waterfall: a span, or a run of alike spans. */
export function WaterfallRow({ row, ...props }: WaterfallRowProps) {
  return row.kind === 'repeat' ? (
    <RepeatRow group={row.group} rowKey={row.key} {...props} />
  ) : (
    <SpanRow node={row.node} {...props} />
  );
}

function RepeatRow({
  group: { members, name, depth },
  rowKey,
  top,
  from,
  to,
  theme,
  mostCost,
  ...props
}: Omit<WaterfallRowProps, 'row'> & { readonly group: RepeatGroup; readonly rowKey: string }) {
  const values = members.flatMap((node) => measureOf(node, props.mode) ?? []).sort((a, b) => a - b);
  const [shortest, median, longest] = [values[0], values[values.length >> 1], values.at(-1)].map((value) =>
    measureText(value, props.mode),
  );
  const dim =
    (props.found !== undefined && !members.some((node) => props.found?.has(node.id))) ||
    (props.path !== undefined && !members.some((node) => props.path?.has(node.id)));
  return (
    <div
      class={`waterfall-row repeat${dim ? ' dim' : ''}`}
      style={{ top: `${top}px` }}
      role="treeitem"
      aria-level={depth + 1}
      aria-expanded={false}
      aria-selected={false}
      title="Alike spans that follow each other; click to show each"
      onClick={() => props.onToggle(rowKey)}
    >
      <div class="waterfall-name" style={{ paddingLeft: indent(depth) }}>
        <span class="twist" aria-hidden="true">
          ▸
        </span>
        {name} × {members.length}
      </div>
      <div class="waterfall-lane">
        {props.mode === 'time' &&
          members.slice(0, 200).map((node) => {
            const place = placeOf(node.start, node.start + node.duration, from, to);
            if (place === undefined) return null;
            const background = colorOfSpan(node, props.colorBy, theme, mostCost);
            return <i key={node.id} class="waterfall-bar" style={{ ...place, background }} />;
          })}
      </div>
      <div class="waterfall-time" title={`shortest / median / longest: ${shortest} / ${median} / ${longest}`}>
        {values.length === 0 ? (
          '–'
        ) : (
          <>
            <span class="extreme">{shortest} / </span>
            {median}
            <span class="extreme"> / {longest}</span>
          </>
        )}
      </div>
    </div>
  );
}

function SpanRow({
  node,
  top,
  from,
  to,
  theme,
  mostCost,
  mostBar,
  ...props
}: Omit<WaterfallRowProps, 'row'> & { readonly node: SpanNode }) {
  const color = colorOfSpan(node, props.colorBy, theme, mostCost);
  const dim =
    (props.path !== undefined && !props.path.has(node.id)) || (props.found !== undefined && !props.found.has(node.id));
  const measure = measureOf(node, props.mode);
  const folded = props.collapsed.has(node.id);
  const marked = node.failed || node.running || node.warnings.length > 0;
  const isParent = node.children.length > 0;
  const onTime = props.mode === 'time';
  const end = node.running ? to : node.start + node.duration;
  const share = mostBar === 0 ? 0 : ((measure ?? 0) / mostBar) * 100;
  const place =
    measure === undefined
      ? undefined
      : onTime
        ? placeOf(node.start, end, from, to)
        : { left: '0%', width: `${share}%` };
  const wait =
    onTime && node.firstChunk !== undefined && node.duration > 0
      ? placeOf(node.start, node.start + Math.min(node.firstChunk, node.duration), from, to)
      : undefined;
  return (
    <div
      class={`waterfall-row${dim ? ' dim' : ''}${node.failed ? ' failed' : ''}`}
      style={{ top: `${top}px` }}
      role="treeitem"
      aria-level={node.depth + 1}
      aria-selected={node.id === props.selected}
      {...(isParent ? { 'aria-expanded': !folded } : {})}
      onClick={() => props.onSelect(node.id)}
    >
      <div
        class={marked ? 'waterfall-name marked' : 'waterfall-name'}
        style={{ paddingLeft: indent(node.depth, isParent ? 0 : TWIST) }}
        title={`${node.service}: ${node.name}`}
      >
        {isParent && (
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
        )}
        <span class="swatch" style={{ background: color }} />
        {marked ? <MarkedName node={node} /> : node.name}
      </div>
      <div class="waterfall-lane">
        <i
          class={`waterfall-bar${node.waiting ? ' hatched' : ''}${node.running ? ' running' : ''}`}
          style={{ left: place?.left ?? '0%', width: place?.width ?? '0%', background: color }}
          hidden={place === undefined}
        />
        {wait !== undefined && <i class="waterfall-wait" style={wait} />}
        {onTime &&
          node.retries.map((at) =>
            at < from || at > to ? null : (
              <i key={at} class="waterfall-retry" style={{ left: `${scale(at, from, to)}%` }} title="retry" />
            ),
          )}
      </div>
      <div class="waterfall-time">{node.running ? '…' : measureText(measure, props.mode)}</div>
    </div>
  );
}

/** The name of a span that has more to tell: what it tells stays in view, however long the name is. */
function MarkedName({ node }: { readonly node: SpanNode }) {
  return (
    <>
      <span class="waterfall-text">{node.name}</span>
      {node.failed && (
        <span class="bad" title="failed">
          ✕
        </span>
      )}
      {node.warnings.length > 0 && !node.orphan && (
        <span class="warn" title={node.warnings.join('\n')}>
          ⚠
        </span>
      )}
      {node.running && <span class="pill warning">running</span>}
      {node.orphan && (
        <span
          class="pill"
          title="The span that this one was started by has not arrived: it still runs, or it was lost or not sampled."
        >
          no parent
        </span>
      )}
    </>
  );
}

/** Percent of the lane. */
function scale(time: number, from: number, to: number): number {
  return ((time - from) / (to - from)) * 100;
}

/** The part of a stretch that the lane shows: nothing reaches out of it, so that no row has to be clipped. */
function placeOf(start: number, end: number, from: number, to: number): { left: string; width: string } | undefined {
  if (start > to || end < from) return undefined;
  const left = Math.max(0, scale(start, from, to));
  const width = Math.min(100, scale(end, from, to)) - left;
  return { left: `${left}%`, width: `${Math.max(LEAST_WIDTH, width)}%` };
}

/** @param more pixels that stand for what a row has not. */
function indent(depth: number, more = 0): string {
  return `${Math.min(depth, MOST_INDENTS) * INDENT + 4 + more}px`;
}
