import type { BarMode } from '../lib/span-usage';
import type { Row, SpanNode } from '../lib/trace-model';

/** Two instants, in microseconds. */
export type Stretch = readonly [from: number, to: number];

export interface WaterfallProps {
  readonly rows: readonly Row[];
  readonly all: readonly SpanNode[];
  /** Microseconds. */
  readonly start: number;
  readonly duration: number;
  /** Spans of the critical path; the others are dimmed. Undefined: no path is shown. */
  readonly path: ReadonlySet<string> | undefined;
  /** Spans that a search found; the others are dimmed. Undefined: nothing is searched. */
  readonly found: ReadonlySet<string> | undefined;
  readonly collapsed: ReadonlySet<string>;
  readonly selected: string;
  readonly colorBy: string;
  /** What the bars stand for. */
  readonly mode: BarMode;
  /** The part of the trace in view; undefined: all of it. */
  readonly zoom: Stretch | undefined;
  /** Instants between which the ruler measures: none, one or two. */
  readonly ruler: readonly number[];
  readonly onZoom: (zoom: Stretch | undefined) => void;
  readonly onRuler: (ruler: readonly number[]) => void;
  readonly onToggle: (key: string) => void;
  readonly onSelect: (id: string) => void;
}
