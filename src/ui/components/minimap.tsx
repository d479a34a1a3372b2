import { useEffect, useMemo, useRef } from 'preact/hooks';
import { colorOfSpan } from '../lib/span-usage';
import type { Theme } from '../lib/theme';
import type { SpanNode } from '../lib/trace-model';
import { useDrag } from '../lib/use-drag';
import type { Stretch } from './waterfall-props';

export interface MinimapProps {
  readonly all: readonly SpanNode[];
  /** Microseconds. */
  readonly start: number;
  readonly duration: number;
  readonly from: number;
  readonly to: number;
  readonly theme: Theme;
  readonly colorBy: string;
  readonly mostCost: number;
  readonly onZoom: (zoom: Stretch | undefined) => void;
}

/** The whole trace in miniature: dragging zooms to a part, a click goes back to the whole. */
export function Minimap({ all, start, duration, from, to, theme, colorBy, mostCost, onZoom }: MinimapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const total = Math.max(1, duration);
  const shape = useMemo(
    () => all.map((node) => [node.start, node.duration, colorOfSpan(node, colorBy, theme, mostCost)] as const),
    [all, colorBy, theme, mostCost],
  );
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const draw = (): void => {
      const context = element.getContext('2d');
      if (context === null) return;
      const width = (element.width = element.clientWidth * devicePixelRatio);
      const height = (element.height = element.clientHeight * devicePixelRatio);
      const line = height / Math.max(8, shape.length);
      shape.forEach(([at, length, color], index) => {
        context.fillStyle = color;
        context.fillRect(
          ((at - start) / total) * width,
          index * line,
          Math.max(1, (length / total) * width),
          Math.max(0.5, line - (line > 2 ? 1 : 0)),
        );
      });
    };
    const resize = new ResizeObserver(draw);
    resize.observe(element);
    return () => resize.disconnect();
  }, [shape]);
  const timeAt = (event: PointerEvent): number => {
    const box = canvas.current?.getBoundingClientRect();
    const share = box === undefined ? 0 : Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    return start + share * total;
  };
  const { drag, handlers } = useDrag(timeAt, (dragged) => {
    const zoom: Stretch = [Math.min(...dragged), Math.max(...dragged)];
    onZoom(zoom[1] - zoom[0] > total * 0.005 ? zoom : undefined);
  });
  const [left, right] = drag === undefined ? [from, to] : [Math.min(...drag), Math.max(...drag)];
  return (
    <div class="minimap" title="Drag to zoom to a part, click to go back to the whole trace" {...handlers}>
      <canvas ref={canvas} aria-hidden="true" />
      <i style={{ left: `${((left - start) / total) * 100}%`, width: `${((right - left) / total) * 100}%` }} />
    </div>
  );
}
