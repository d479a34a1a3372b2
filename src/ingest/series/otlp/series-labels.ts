import { attributeToText, type Attributes } from '../../../domain/attributes';
import { compareCodePoints, Labels, METRIC_NAME } from '../../../domain/labels';
import type { InstrumentationScope, Resource } from '../../../domain/resource';
import type { OtlpSeriesConfig } from '../series.config';
import { translateLabelName, type Translation } from './translate-name';

/** Resource attributes that are `job` and `instance`. */
const IDENTIFYING = new Set(['service.name', 'service.namespace', 'service.instance.id']);

/** The labels that every series of one resource has. */
export function resourceLabels({ attributes }: Resource, config: OtlpSeriesConfig): Map<string, string> {
  const labels = new Map<string, string>();
  const promoted = config.promoteResourceAttributes.filter((key) => attributes[key] !== undefined);
  addAttributes(labels, pick(attributes, promoted), config.translation);
  for (const [name, value] of identityOf(attributes)) labels.set(name, value);
  return labels;
}

/** `job` and `instance`, as far as the resource tells. */
export function identityOf(attributes: Attributes): Map<string, string> {
  const identity = new Map<string, string>();
  const name = textAt(attributes, 'service.name');
  const namespace = textAt(attributes, 'service.namespace');
  const instance = textAt(attributes, 'service.instance.id');
  if (name !== '') identity.set('job', namespace === '' ? name : `${namespace}/${name}`);
  if (instance !== '') identity.set('instance', instance);
  return identity;
}

/** The labels of `target_info`; undefined when the resource has no identity or nothing to tell. */
export function targetInfoLabels({ attributes }: Resource, config: OtlpSeriesConfig): Labels | undefined {
  const identity = identityOf(attributes);
  const rest = Object.keys(attributes).filter((key) => !IDENTIFYING.has(key));
  if (identity.size === 0 || rest.length === 0) return undefined;
  const labels = new Map<string, string>();
  addAttributes(labels, pick(attributes, rest), config.translation);
  for (const [name, value] of identity) labels.set(name, value);
  labels.set(METRIC_NAME, 'target_info');
  return Labels.of(labels);
}

/** The `otel_scope_…` labels of one scope. */
export function scopeLabels(scope: InstrumentationScope, config: OtlpSeriesConfig): Map<string, string> {
  const labels = new Map<string, string>();
  if (!config.scopeLabels) return labels;
  const attributes: Record<string, Attributes[string]> = {};
  for (const [key, value] of Object.entries(scope.attributes)) attributes[`otel_scope_${key}`] = value;
  addAttributes(labels, attributes, config.translation);
  if (scope.name !== '') labels.set('otel_scope_name', scope.name);
  if (scope.version !== '') labels.set('otel_scope_version', scope.version);
  if (scope.schemaUrl !== '') labels.set('otel_scope_schema_url', scope.schemaUrl);
  return labels;
}

/** A point's labels, its name aside: attributes, then those of scope and resource, which win. */
export function pointLabels(
  attributes: Attributes,
  common: ReadonlyMap<string, string>,
  config: OtlpSeriesConfig,
): Map<string, string> {
  const labels = new Map<string, string>();
  addAttributes(labels, attributes, config.translation);
  for (const [name, value] of common) labels.set(name, value);
  return labels;
}

/** Attributes whose keys become one label are joined with `;`, in the order of the keys. */
export function addAttributes(into: Map<string, string>, attributes: Attributes, translation: Translation): void {
  for (const key of Object.keys(attributes).sort(compareCodePoints)) {
    const name = translateLabelName(key, translation);
    const value = attributes[key];
    if (name === '' || value === undefined) continue;
    const text = attributeToText(value);
    const before = into.get(name);
    into.set(name, before === undefined ? text : `${before};${text}`);
  }
}

function pick(attributes: Attributes, keys: readonly string[]): Attributes {
  return Object.fromEntries(keys.map((key) => [key, attributes[key] ?? null]));
}

function textAt(attributes: Attributes, key: string): string {
  const value = attributes[key];
  return value === undefined ? '' : attributeToText(value);
}
