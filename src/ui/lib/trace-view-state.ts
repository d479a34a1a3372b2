import { setQuery, useLocation } from './location';
import { BAR_MODES } from './span-usage';
import type { BarMode } from './span-usage';

/** How a trace is looked at; all of it lives in the URL. */
export interface TraceViewState {
  readonly fold: boolean;
  readonly focus: string;
  readonly selected: string;
  readonly onlyPath: boolean;
  readonly withoutWaits: boolean;
  readonly colorBy: string;
  /** What spans are coloured by where nothing is chosen. */
  readonly usualColor: string;
  readonly mode: BarMode;
  readonly find: string;
  /** Ids of collapsed spans, and `id*` of opened folds. */
  readonly collapsed: ReadonlySet<string>;
  /** Microseconds since the trace's start. */
  readonly zoom: readonly [number, number] | undefined;
  readonly ruler: readonly number[];
}

/** Reads the state of the URL. @param services how many a trace has: the colour of one alone would tell nothing. */
export function useTraceViewState(services: number): TraceViewState {
  const usualColor = services > 1 ? 'service' : 'operation';
  const { query } = useLocation();
  const read = (name: string): string => query.get(name) ?? '';
  const zoom = readNumbers(read('zoom'));
  return {
    fold: read('fold') !== '0',
    focus: read('focus'),
    selected: read('span'),
    onlyPath: read('path') === '1',
    withoutWaits: read('waits') === '0',
    colorBy: read('color') === '' ? usualColor : read('color'),
    usualColor,
    mode: BAR_MODES.find((name) => name === read('bars')) ?? 'time',
    find: read('find'),
    collapsed: new Set(
      read('shut')
        .split('.')
        .filter((id) => id !== ''),
    ),
    zoom: zoom.length === 2 && (zoom[0] ?? 0) < (zoom[1] ?? 0) ? [zoom[0] ?? 0, zoom[1] ?? 0] : undefined,
    ruler: readNumbers(read('ruler')).slice(0, 2),
  };
}

/** Collapses or opens a span or a fold. */
export function toggleCollapsed(collapsed: ReadonlySet<string>, key: string): void {
  const next = new Set(collapsed);
  if (!next.delete(key)) next.add(key);
  setQuery({ shut: [...next].join('.') });
}

/** Writes instants, in microseconds since the trace's start, as the URL holds them. */
export function numbersText(values: readonly number[] | undefined): string {
  return (values ?? []).map((value) => Math.round(value)).join('-');
}

function readNumbers(text: string): number[] {
  return /^\d+(-\d+)?$/.test(text) ? text.split('-').map(Number) : [];
}
