import { useRef } from 'preact/hooks';
import { formatSeconds } from '../lib/format';
import { measureText } from '../lib/span-usage';
import type { BarMode } from '../lib/span-usage';
import { useDrag } from '../lib/use-drag';
import type { Stretch } from './waterfall-props';

export interface WaterfallAxisProps {
  /** Edges, and the instant that is called 0; in microseconds. */
  readonly from: number;
  readonly to: number;
  readonly origin: number;
  /** The longest bar where bars stand for something else than time: the axis shows that then, and does not zoom. */
  readonly scale: { readonly mode: BarMode; readonly most: number };
  readonly ruler: readonly number[];
  readonly onRuler: (ruler: readonly number[]) => void;
  readonly onZoom: (zoom: Stretch) => void;
  readonly onReset: () => void;
}

const TICKS = [0, 0.25, 0.5, 0.75, 1] as const;

function Tick({ share, text }: { readonly share: number; readonly text: string }) {
  return (
    <span
      class={`tick${share === 0.25 || share === 0.75 ? ' minor' : share === 0.5 ? ' middle' : ''}`}
      style={share === 1 ? { right: 0 } : { left: `${share * 100}%` }}
    >
      {text}
    </span>
  );
}

/** The time axis: dragging zooms, two clicks measure, a double-click resets both. */
export function WaterfallAxis({ from, to, origin, scale, ruler, onRuler, onZoom, onReset }: WaterfallAxisProps) {
  const lane = useRef<HTMLDivElement>(null);
  const shareAt = (event: PointerEvent): number => {
    const box = lane.current?.getBoundingClientRect();
    return box === undefined ? 0 : Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
  };
  const { drag, handlers } = useDrag(shareAt, ([start, end]) => {
    if (Math.abs(end - start) > 0.01)
      onZoom([from + Math.min(start, end) * (to - from), from + Math.max(start, end) * (to - from)]);
    else onRuler(ruler.length === 2 ? [] : [...ruler, from + end * (to - from)]);
  });
  const left = Math.min(...ruler);
  const right = Math.max(...ruler);
  if (scale.mode !== 'time')
    return (
      <div class="waterfall-axis">
        <div class="waterfall-name muted small">Span</div>
        <div class="waterfall-lane measured">
          {TICKS.map((share) => (
            <Tick key={share} share={share} text={measureText(scale.most * share, scale.mode)} />
          ))}
        </div>
        <div class="waterfall-time" />
      </div>
    );
  return (
    <div class="waterfall-axis">
      <div class="waterfall-name muted small">Span</div>
      <div
        class="waterfall-lane"
        ref={lane}
        title="Drag to zoom, click twice to measure, double-click to reset"
        {...handlers}
        onDblClick={onReset}
      >
        {TICKS.map((share) => (
          <Tick key={share} share={share} text={formatSeconds((from + share * (to - from) - origin) / 1e6)} />
        ))}
        {ruler.length > 0 && (
          <i
            class="axis-drag ruler"
            style={{
              left: `${((left - from) / (to - from)) * 100}%`,
              width: `${((right - left) / (to - from)) * 100}%`,
            }}
          >
            {ruler.length === 1 ? '' : formatSeconds((right - left) / 1e6)}
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
