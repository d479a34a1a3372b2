import { METRIC_NAME } from '../domain/labels';
import { matchesAll, type Matcher } from '../domain/matcher';
import type { MemSeries } from './mem-series';

interface Selection {
  readonly matchers: readonly Matcher[];
  /** The metric name that the matchers ask for; undefined when they do not name one. */
  readonly metric: string | undefined;
  /** Ascending by number. */
  readonly series: MemSeries[];
  valid: boolean;
}

/**
 * Remembers which series a list of matchers selects. A new series is added to the selections it belongs to; when series
 * go, everything is forgotten.
 */
export class Selections {
  private readonly byText = new Map<string, Selection>();
  private readonly byMetric = new Map<string | undefined, Set<Selection>>();
  private byMatchers = new WeakMap<readonly Matcher[], Selection>();

  constructor(private readonly capacity = 20_000) {}

  /** The selected series, when they are remembered. */
  get(matchers: readonly Matcher[]): readonly MemSeries[] | undefined {
    const known = this.byMatchers.get(matchers);
    if (known?.valid) return known.series;
    const selection = this.byText.get(matchers.join(','));
    if (selection === undefined) return undefined;
    this.byMatchers.set(matchers, selection);
    return selection.series;
  }

  /** Remembers what was selected just now. */
  set(matchers: readonly Matcher[], series: MemSeries[]): void {
    const selection: Selection = { matchers: [...matchers], metric: metricOf(matchers), series, valid: true };
    const text = matchers.join(',');
    this.remove(text);
    this.makeRoom();
    this.byText.set(text, selection);
    const siblings = this.byMetric.get(selection.metric);
    if (siblings) siblings.add(selection);
    else this.byMetric.set(selection.metric, new Set([selection]));
    this.byMatchers.set(matchers, selection);
  }

  added(series: MemSeries): void {
    this.addTo(this.byMetric.get(series.labels.metricName), series);
    this.addTo(this.byMetric.get(undefined), series);
  }

  clear(): void {
    for (const selection of this.byText.values()) selection.valid = false;
    this.byText.clear();
    this.byMetric.clear();
    this.byMatchers = new WeakMap();
  }

  private addTo(selections: ReadonlySet<Selection> | undefined, series: MemSeries): void {
    if (selections === undefined) return;
    for (const selection of selections) {
      if (matchesAll(selection.matchers, series.labels)) selection.series.push(series);
    }
  }

  private makeRoom(): void {
    if (this.byText.size < this.capacity) return;
    for (const text of this.byText.keys()) {
      this.remove(text);
      return;
    }
  }

  private remove(text: string): void {
    const selection = this.byText.get(text);
    if (selection === undefined) return;
    selection.valid = false;
    this.byText.delete(text);
    const siblings = this.byMetric.get(selection.metric);
    siblings?.delete(selection);
    if (siblings?.size === 0) this.byMetric.delete(selection.metric);
  }
}

function metricOf(matchers: readonly Matcher[]): string | undefined {
  return matchers.find(({ name, operator }) => name === METRIC_NAME && operator === '=')?.value;
}
