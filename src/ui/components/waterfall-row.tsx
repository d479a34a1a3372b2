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
        <span class="waterfall-text">
          {name} × {members.length}
        </span>
      </div>
      <div class="waterfall-lane">
        {props.mode === 'time' &&
          members.slice(0, 200).map((node) => (
            <i
              key={node.id}
              class="waterfall-bar"
              style={{
                left: `${scale(node.start, from, to)}%`,
                width: widthOf(node.duration, from, to),
                background: colorOfSpan(node, props.colorBy, theme, mostCost),
              }}
            />
          ))}
      </div>
      <div class="waterfall-time" title="shortest / median / longest">
        {values.length === 0
          ? '–'
          : [values[0], values[values.length >> 1], values.at(-1)]
              .map((value) => measureText(value, props.mode))
              .join(' / ')}
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
  const wait =
    node.firstChunk !== undefined && node.duration > 0
      ? Math.min(100, (node.firstChunk / node.duration) * 100)
      : undefined;
  const measure = measureOf(node, props.mode);
  const folded = props.collapsed.has(node.id);
  return (
    <div
      class={`waterfall-row${dim ? ' dim' : ''}${node.failed ? ' failed' : ''}`}
      style={{ top: `${top}px` }}
      role="treeitem"
      aria-level={node.depth + 1}
      aria-selected={node.id === props.selected}
      {...(node.children.length > 0 ? { 'aria-expanded': !folded } : {})}
      onClick={() => props.onSelect(node.id)}
    >
      <div class="waterfall-name" style={{ paddingLeft: indent(node.depth) }} title={`${node.service}: ${node.name}`}>
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
      </div>
      <div class="waterfall-lane">
        <i
          class={`waterfall-bar${node.waiting ? ' hatched' : ''}${node.running ? ' running' : ''}`}
          style={
            props.mode === 'time'
              ? {
                  left: `${scale(node.start, from, to)}%`,
                  width: node.running ? `${100 - scale(node.start, from, to)}%` : widthOf(node.duration, from, to),
                  background: color,
                }
              : { left: 0, width: `${mostBar === 0 ? 0 : ((measure ?? 0) / mostBar) * 100}%`, background: color }
          }
          hidden={measure === undefined}
        >
          {props.mode === 'time' && wait !== undefined && <i class="waterfall-wait" style={{ width: `${wait}%` }} />}
        </i>
        {props.mode === 'time' &&
          node.retries.map((at) => (
            <i key={at} class="waterfall-retry" style={{ left: `${scale(at, from, to)}%` }} title="retry" />
          ))}
      </div>
      <div class="waterfall-time">{node.running ? '…' : measureText(measure, props.mode)}</div>
    </div>
  );
}

/** Percent of the lane. */
function scale(time: number, from: number, to: number): number {
  return ((time - from) / (to - from)) * 100;
}

function widthOf(duration: number, from: number, to: number): string {
  return `${Math.max(0.15, (duration / (to - from)) * 100)}%`;
}

function indent(depth: number): string {
  return `${Math.min(depth, MOST_INDENTS) * INDENT + 4}px`;
}
