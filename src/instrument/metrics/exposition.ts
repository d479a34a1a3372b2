import { CounterFamily, GaugeFamily, HistogramFamily } from './families';
import { foreignLines } from './foreign-exposition';
import { boundText, defaultLabelsOf, head, header } from './lines';
import { valueText } from './label-text';
import type { CounterCell, Exemplar, GaugeCell, HistogramCell } from './cells';
import type { Defaults } from './lines';
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

function counterLines(family: CounterFamily, defaults: Defaults, openMetrics: boolean): string {
  const base = family.familyName.replace(/_total$/, '');
  const sample = openMetrics ? `${base}_total` : family.familyName;
  const mode = openMetrics ? `o${defaults.text}` : defaults.text;
  let text = header(openMetrics ? base : family.familyName, family.help, 'counter');
  for (const cell of family.index.cells) text += counterLine(cell, sample, mode, defaults, openMetrics);
  return text;
}

function counterLine(cell: CounterCell, name: string, mode: string, defaults: Defaults, openMetrics: boolean): string {
  const start = cell.rendered.in(mode) ?? cell.rendered.keep(mode, head(name, cell.labels, defaults));
  return start + valueText(cell.value) + (openMetrics ? exemplarText(cell.exemplar) : '') + '\n';
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
  const start = cell.rendered.in(defaults.text) ?? cell.rendered.keep(defaults.text, head(name, cell.labels, defaults));
  return start + valueText(cell.value) + '\n';
}

function histogramLines(family: HistogramFamily, defaults: Defaults, openMetrics: boolean): string {
  let text = header(family.familyName, family.help, 'histogram');
  for (const cell of family.index.cells) text += histogramCell(cell, family.familyName, defaults, openMetrics);
  return text;
}

function histogramCell(cell: HistogramCell, name: string, defaults: Defaults, openMetrics: boolean): string {
  const mode = openMetrics ? `o${defaults.text}` : defaults.text;
  const heads =
    cell.rendered.in(mode) ??
    cell.rendered.keep(mode, [
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

function exemplarText(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return '';
  return ` # {trace_id="${exemplar.traceId}",span_id="${exemplar.spanId}"} ${valueText(exemplar.value)} ${exemplar.at}`;
}
