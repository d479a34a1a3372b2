import { escapeLabelValue, valueText } from './label-text';
import { head, header, isRecord, toTexts } from './lines';
import type { Defaults } from './lines';

/**
 * A metric made by prom-client itself. Its series stand in a table under keys that stay the same, so that what was
 * rendered of them can be kept; anything not known of its inside is read by its public `get`.
 */
export async function foreignLines(metric: object, defaults: Defaults, openMetrics: boolean): Promise<string> {
  const type: unknown = Reflect.get(metric, 'type');
  if (!isRecord(Reflect.get(metric, 'hashMap'))) return byGet(metric, defaults, openMetrics);
  if (type === 'histogram' && !openMetrics) return histogramLines(metric, defaults);
  if (type !== 'counter' && type !== 'gauge') return byGet(metric, defaults, openMetrics);
  const table = await collected(metric);
  if (table === undefined) return '';
  const name = String(Reflect.get(metric, 'name'));
  const counter = openMetrics && type === 'counter';
  const family = counter ? name.replace(/_total$/, '') : name;
  const sample = counter ? `${family}_total` : name;
  const heads = keptHeads(scalarHeads, metric, counter ? `o${defaults.text}` : defaults.text);
  let text = header(family, String(Reflect.get(metric, 'help')), type);
  let series = 0;
  for (const key in table) {
    const entry = table[key];
    if (!isRecord(entry)) continue;
    if (openMetrics && entry['exemplar']) return byGet(metric, defaults, openMetrics);
    let start = heads.get(key);
    if (start === undefined) heads.set(key, (start = head(sample, labelsOf(entry), defaults)));
    const value = entry['value'];
    text += start + valueText(typeof value === 'number' ? value : Number(value)) + '\n';
    series++;
  }
  if (heads.size > 2 * series + 64) heads.clear();
  return text;
}

async function histogramLines(metric: object, defaults: Defaults): Promise<string> {
  const bounds: unknown = Reflect.get(metric, 'upperBounds');
  if (!Array.isArray(bounds) || bounds.some((bound) => typeof bound !== 'number')) {
    return byGet(metric, defaults, false);
  }
  const uppers: readonly unknown[] = bounds;
  const table = await collected(metric);
  if (table === undefined) return '';
  const name = String(Reflect.get(metric, 'name'));
  const heads = keptHeads(histogramKept, metric, defaults.text);
  let text = header(name, String(Reflect.get(metric, 'help')), 'histogram');
  let series = 0;
  for (const key in table) {
    const entry = table[key];
    if (!isRecord(entry)) continue;
    const counts = entry['bucketValues'];
    if (!isRecord(counts)) return byGet(metric, defaults, false);
    let starts = heads.get(key);
    if (starts === undefined) heads.set(key, (starts = histogramHeads(name, labelsOf(entry), uppers, defaults)));
    let cumulative = 0;
    let line = 0;
    for (const upper of uppers) {
      cumulative += Number(counts[String(upper)]);
      text += (starts[line++] ?? '') + cumulative + '\n';
    }
    const count = String(entry['count']);
    text += (starts[line++] ?? '') + count + '\n';
    text += (starts[line++] ?? '') + valueText(Number(entry['sum'])) + '\n';
    text += (starts[line++] ?? '') + count + '\n';
    series++;
  }
  if (heads.size > 2 * series + 64) heads.clear();
  return text;
}

function histogramHeads(
  name: string,
  labels: Readonly<Record<string, string>>,
  uppers: readonly unknown[],
  defaults: Defaults,
): string[] {
  return [
    ...uppers.map((upper) => head(`${name}_bucket`, labels, defaults, `le="${String(upper)}"`)),
    head(`${name}_bucket`, labels, defaults, 'le="+Inf"'),
    head(`${name}_sum`, labels, defaults),
    head(`${name}_count`, labels, defaults),
  ];
}

/** The metric's table after its own collection. */
async function collected(metric: object): Promise<Record<string, unknown> | undefined> {
  const collect: unknown = Reflect.get(metric, 'collect');
  if (typeof collect === 'function') await Reflect.apply(collect, metric, []);
  const table: unknown = Reflect.get(metric, 'hashMap');
  return isRecord(table) ? table : undefined;
}

function labelsOf(entry: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return isRecord(entry['labels']) ? toTexts(entry['labels']) : {};
}

/** What was rendered of a metric's series, by key, for one set of default labels. */
class KeptHeads<H> {
  readonly heads = new Map<string, H>();

  constructor(readonly mode: string) {}
}

function keptHeads<H>(all: WeakMap<object, KeptHeads<H>>, metric: object, mode: string): Map<string, H> {
  const known = all.get(metric);
  if (known !== undefined && known.mode === mode) return known.heads;
  const made = new KeptHeads<H>(mode);
  all.set(metric, made);
  return made.heads;
}

const scalarHeads = new WeakMap<object, KeptHeads<string>>();
const histogramKept = new WeakMap<object, KeptHeads<readonly string[]>>();

/** Any other metric by its public `get`. */
async function byGet(metric: object, defaults: Defaults, openMetrics: boolean): Promise<string> {
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
