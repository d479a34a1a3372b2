import { escapeHelp, labelText } from './label-text';
import type { LabelRecord } from './cells';
import type { MetricRegistry } from './registry';

/** Labels that every series of a registry has. */
export interface Defaults {
  readonly labels: LabelRecord;
  readonly text: string;
}

/** What stands before a sample's value: name and labels. */
export function head(name: string, labels: LabelRecord, defaults: Defaults, extra = ''): string {
  const merged = defaults.text === '' ? labelText(labels) : labelText({ ...defaults.labels, ...labels });
  const all = merged === '' || extra === '' ? merged + extra : `${merged},${extra}`;
  return all === '' ? `${name} ` : `${name}{${all}} `;
}

/** The lines before a metric's samples. */
export function header(name: string, help: string, type: string): string {
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
}

/** OpenMetrics writes bounds as floats. */
export function boundText(bound: number, openMetrics: boolean): string {
  return openMetrics && Number.isInteger(bound) && Math.abs(bound) < 1e21 ? `${bound}.0` : String(bound);
}

/** The registry's default labels. */
export function defaultLabelsOf(registry: MetricRegistry): Defaults {
  const labels: unknown = Reflect.get(registry, '_defaultLabels');
  const texts = isRecord(labels) ? toTexts(labels) : {};
  return { labels: texts, text: labelText(texts) };
}

/** Labels as texts, without those that are undefined. */
export function toTexts(labels: Readonly<Record<string, unknown>>): LabelRecord {
  const texts: Record<string, string> = {};
  for (const name in labels) if (labels[name] !== undefined) texts[name] = String(labels[name]);
  return texts;
}

/** Whether a value has properties. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
