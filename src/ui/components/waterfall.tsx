import type { VNode } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { costOf, measureOf } from '../lib/span-usage';
import { useTheme } from '../lib/theme';
import type { Row } from '../lib/trace-model';
import { ROW_HEIGHT, useRowWindow } from '../lib/use-row-window';
import { Minimap } from './minimap';
import { WaterfallAxis } from './waterfall-axis';
import type { WaterfallProps } from './waterfall-props';
import { WaterfallRow } from './waterfall-row';

/** Rows out of view need not be remembered. */
const MOST_MADE = 400;

/** The spans of a trace on a common axis. Only the rows in view exist; the axis zooms by dragging. */
export function Waterfall(props: WaterfallProps) {
  const { rows, start, duration } = props;
  const theme = useTheme();
  const viewport = useRef<HTMLDivElement>(null);
  const rowWindow = useRowWindow(viewport, rows.length);
  const measured = useMemo(() => {
    const most = (values: readonly (number | undefined)[]): number =>
      values.reduce<number>((max, value) => Math.max(max, value ?? 0), 0);
    return {
      cost: most(props.all.map((node) => costOf(node.attributes))),
      bar: most(props.all.map((node) => measureOf(node, props.mode))),
    };
  }, [props.all, props.mode]);
  const [from, to] = props.zoom ?? [start, start + Math.max(1, duration)];

  useEffect(() => {
    const element = viewport.current;
    const index = rows.findIndex((row) => row.kind === 'span' && row.node.id === props.selected);
    if (element === null || index < 0) return;
    const top = index * ROW_HEIGHT;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW_HEIGHT > element.scrollTop + element.clientHeight)
      element.scrollTop = top + ROW_HEIGHT - element.clientHeight;
    // Not when rows change: a trace that still grows must not pull the reader back.
  }, [props.selected]);

  // Scrolling renders only the rows that come into view: an element made before is the same one, and is not compared again.
  const made = useMemo(
    () => new Map<number, VNode>(),
    [
      rows,
      rowWindow.count,
      from,
      to,
      theme,
      measured,
      props.path,
      props.found,
      props.collapsed,
      props.selected,
      props.colorBy,
    ],
  );
  const drawn = (row: Row, index: number): VNode => {
    const known = made.get(index);
    if (known !== undefined) return known;
    const element = (
      <WaterfallRow
        key={index % rowWindow.count}
        row={row}
        top={index * ROW_HEIGHT}
        from={from}
        to={to}
        theme={theme}
        mostCost={measured.cost}
        mostBar={measured.bar}
        path={props.path}
        found={props.found}
        collapsed={props.collapsed}
        selected={props.selected}
        colorBy={props.colorBy}
        mode={props.mode}
        onToggle={props.onToggle}
        onSelect={props.onSelect}
      />
    );
    if (made.size > MOST_MADE) made.clear();
    made.set(index, element);
    return element;
  };
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
        onZoom={props.onZoom}
      />
      <WaterfallAxis
        from={from}
        to={to}
        origin={start}
        scale={{ mode: props.mode, most: measured.bar }}
        ruler={props.ruler}
        onZoom={props.onZoom}
        onRuler={props.onRuler}
        onReset={() => {
          props.onZoom(undefined);
          props.onRuler([]);
        }}
      />
      <div class="waterfall-rows" ref={viewport} role="tree" aria-label="Spans" tabIndex={0}>
        <div class="waterfall-sheet" style={{ height: `${rows.length * ROW_HEIGHT}px` }}>
          {rowWindow.indexes.flatMap((index) => {
            const row = rows[index];
            return row === undefined ? [] : [drawn(row, index)];
          })}
        </div>
      </div>
    </section>
  );
}
