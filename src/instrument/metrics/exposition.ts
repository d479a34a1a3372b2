import { CounterFamily, GaugeFamily, HistogramFamily } from './families';
import { escapeHelp, escapeLabelValue, labelText, valueText } from './label-text';
import type { CounterCell, Exemplar, GaugeCell, HistogramCell, LabelRecord } from './cells';
import type { MetricRegistry } from './registry';

/** The text formats we write. */
export type ExpositionFormat = 'prometheus' | 'openmetrics';

/** The content types of the formats. */
export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** OpenMetrics when the client names it, the Prometheus text format otherwise. */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  return accept !== undefined && /application\/openmetrics-text/i.test(accept) ? 'openmetrics' : 'prometheus';
}

/**
 * The registry's exposition, the same samples as prom-client's `metrics()` gives. Rendered names and labels are kept
 * from one call to the next, so that a scrape costs little more than writing its numbers. Exemplars are in OpenMetrics only.
 */
export async function exposeMetrics(
  registry: MetricRegistry,
  format: ExpositionFormat = 'prometheus',
): Promise<string> {
  const defaults = defaultLabelsOf(registry);
  const openMetrics = format === 'openmetrics';
  let text = '';
  for (const metric of registry.getMetricsAsArray()) {
    if (metric instanceof CounterFamily) text += counterLines(metric, defaults, openMetrics);
    else if (metric instanceof GaugeFamily) text += gaugeLines(metric, defaults);
    else if (metric instanceof HistogramFamily) text += histogramLines(metric, defaults, openMetrics);
    else text += await foreignLines(metric, defaults, openMetrics);
  }
  return openMetrics ? `${text}# EOF\n` : text;
}

interface Rendered {
  readonly defaults: string;
  /** What stands before each value, in the order of the lines. */
  readonly heads: readonly string[];
}

const rendered = new WeakMap<object, Rendered>();

function headsOf(cell: object, defaults: string, make: () => readonly string[]): readonly string[] {
  const known = rendered.get(cell);
  if (known !== undefined && known.defaults === defaults) return known.heads;
  const heads = make();
  rendered.set(cell, { defaults, heads });
  return heads;
}

function head(name: string, labels: LabelRecord, defaults: Defaults, extra = ''): string {
  const merged = defaults.text === '' ? labelText(labels) : labelText({ ...defaults.labels, ...labels });
  const all = merged === '' || extra === '' ? merged + extra : `${merged},${extra}`;
  return all === '' ? `${name} ` : `${name}{${all}} `;
}

function header(name: string, help: string, type: string): string {
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
}

function counterLines(family: CounterFamily, defaults: Defaults, openMetrics: boolean): string {
  const base = family.familyName.replace(/_total$/, '');
  const sample = openMetrics ? `${base}_total` : family.familyName;
  const mode = openMetrics ? `o${defaults.text}` : defaults.text;
  let text = header(openMetrics ? base : family.familyName, family.help, 'counter');
  for (const cell of family.index.cells) text += counterLine(cell, sample, mode, defaults, openMetrics);
  return text;
}

function counterLine(cell: CounterCell, name: string, mode: string, defaults: Defaults, openMetrics: boolean): string {
  const [start] = headsOf(cell, mode, () => [head(name, cell.labels, defaults)]);
  return `${start ?? ''}${valueText(cell.value)}${openMetrics ? exemplarText(cell.exemplar) : ''}\n`;
}

function gaugeLines(family: GaugeFamily, defaults: Defaults): string {
  family.refresh();
  let text = header(family.familyName, family.help, 'gauge');
  for (const cell of family.index.cells) text += gaugeLine(cell, family.familyName, defaults);
  return text;
}

function gaugeLine(cell: GaugeCell, name: string, defaults: Defaults): string {
  // A figure that could not be read is unknown, which is not zero: it has no line.
  if (cell.read !== undefined && cell.value !== cell.value) return '';
  const [start] = headsOf(cell, defaults.text, () => [head(name, cell.labels, defaults)]);
  return `${start ?? ''}${valueText(cell.value)}\n`;
}

function histogramLines(family: HistogramFamily, defaults: Defaults, openMetrics: boolean): string {
  let text = header(family.familyName, family.help, 'histogram');
  for (const cell of family.index.cells) text += histogramCell(cell, family.familyName, defaults, openMetrics);
  return text;
}

function histogramCell(cell: HistogramCell, name: string, defaults: Defaults, openMetrics: boolean): string {
  const mode = openMetrics ? `o${defaults.text}` : defaults.text;
  const heads = headsOf(cell, mode, () => [
    ...cell.bounds.map((bound) =>
      head(`${name}_bucket`, cell.labels, defaults, `le="${boundText(bound, openMetrics)}"`),
    ),
    head(`${name}_bucket`, cell.labels, defaults, 'le="+Inf"'),
    head(`${name}_sum`, cell.labels, defaults),
    head(`${name}_count`, cell.labels, defaults),
  ]);
  const size = cell.counts.length;
  const exemplars = openMetrics ? cell.exemplars : undefined;
  let cumulative = 0;
  let text = '';
  for (let at = 0; at < size; at++) {
    cumulative += cell.counts[at] ?? 0;
    text += `${heads[at] ?? ''}${cumulative}${exemplars === undefined ? '' : exemplarText(exemplars[at])}\n`;
  }
  return `${text}${heads[size] ?? ''}${valueText(cell.sum)}\n${heads[size + 1] ?? ''}${cell.count}\n`;
}

/** OpenMetrics writes bounds as floats. */
function boundText(bound: number, openMetrics: boolean): string {
  return openMetrics && Number.isInteger(bound) && Math.abs(bound) < 1e21 ? `${bound}.0` : String(bound);
}

function exemplarText(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return '';
  return ` # {trace_id="${exemplar.traceId}",span_id="${exemplar.spanId}"} ${valueText(exemplar.value)} ${exemplar.at}`;
}

/** A metric made by prom-client itself, whose series are found in its table by a key that stays the same. */
async function foreignLines(metric: object, defaults: Defaults, openMetrics: boolean): Promise<string> {
  const table: unknown = Reflect.get(metric, 'hashMap');
  const type: unknown = Reflect.get(metric, 'type');
  if ((type !== 'counter' && type !== 'gauge') || !isRecord(table)) return foreignSlowly(metric, defaults, openMetrics);
  const collect: unknown = Reflect.get(metric, 'collect');
  if (typeof collect === 'function') await Reflect.apply(collect, metric, []);
  const current: unknown = Reflect.get(metric, 'hashMap');
  if (!isRecord(current)) return '';
  const name = String(Reflect.get(metric, 'name'));
  const counter = openMetrics && type === 'counter';
  const family = counter ? name.replace(/_total$/, '') : name;
  const sample = counter ? `${family}_total` : name;
  const heads = foreignHeads(metric, counter ? `o${defaults.text}` : defaults.text);
  let text = header(family, String(Reflect.get(metric, 'help')), type);
  let series = 0;
  for (const key in current) {
    const entry = current[key];
    if (!isEntry(entry)) continue;
    if (openMetrics && entry.exemplar) return foreignSlowly(metric, defaults, openMetrics);
    let start = heads.get(key);
    if (start === undefined) heads.set(key, (start = head(sample, entry.labels, defaults)));
    text += `${start}${valueText(entry.value)}\n`;
    series++;
  }
  if (heads.size > 2 * series + 64) heads.clear();
  return text;
}

const foreignRendered = new WeakMap<object, { defaults: string; heads: Map<string, string> }>();

function foreignHeads(metric: object, defaults: string): Map<string, string> {
  const known = foreignRendered.get(metric);
  if (known !== undefined && known.defaults === defaults) return known.heads;
  const heads = new Map<string, string>();
  foreignRendered.set(metric, { defaults, heads });
  return heads;
}

/** Any other metric by its public `get`. */
async function foreignSlowly(metric: object, defaults: Defaults, openMetrics: boolean): Promise<string> {
  const get: unknown = Reflect.get(metric, 'getForPromString') ?? Reflect.get(metric, 'get');
  if (typeof get !== 'function') return '';
  const found: unknown = await Reflect.apply(get, metric, []);
  if (!isRecord(found) || !Array.isArray(found['values'])) return '';
  const name = String(found['name']);
  const counter = openMetrics && found['type'] === 'counter';
  const family = counter ? name.replace(/_total$/, '') : name;
  const lines = found['values'].filter(isRecord).map((value) => {
    const sample = typeof value['metricName'] === 'string' ? value['metricName'] : counter ? `${family}_total` : name;
    const labels = {
      ...(isRecord(value['sharedLabels']) ? value['sharedLabels'] : {}),
      ...(isRecord(value['labels']) ? value['labels'] : {}),
    };
    const start = head(sample, toTexts(labels), defaults);
    return `${start}${valueText(Number(value['value']))}${openMetrics ? foreignExemplar(value['exemplar']) : ''}\n`;
  });
  return header(family, String(found['help']), String(found['type'])) + lines.join('');
}

function foreignExemplar(exemplar: unknown): string {
  if (!isRecord(exemplar) || !isRecord(exemplar['labelSet'])) return '';
  const labels = Object.entries(exemplar['labelSet']).map(([k, v]) => `${k}="${escapeLabelValue(String(v))}"`);
  return ` # {${labels.join(',')}} ${valueText(Number(exemplar['value']))} ${String(exemplar['timestamp'])}`;
}

interface Defaults {
  readonly labels: LabelRecord;
  readonly text: string;
}

function defaultLabelsOf(registry: MetricRegistry): Defaults {
  const labels: unknown = Reflect.get(registry, '_defaultLabels');
  const texts = isRecord(labels) ? toTexts(labels) : {};
  return { labels: texts, text: labelText(texts) };
}

function toTexts(labels: Readonly<Record<string, unknown>>): LabelRecord {
  const texts: Record<string, string> = {};
  for (const name in labels) if (labels[name] !== undefined) texts[name] = String(labels[name]);
  return texts;
}

interface ForeignEntry {
  readonly labels: LabelRecord;
  readonly value: number;
  readonly exemplar?: unknown;
}

function isEntry(value: unknown): value is ForeignEntry {
  return isRecord(value) && typeof value['value'] === 'number' && isRecord(value['labels']);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
