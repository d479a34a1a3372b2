import type { Attributes } from '../../../domain/attributes';
import type { Metric, MetricExemplar, MetricPoints, PointHead, ResourceMetrics } from '../../../domain/metric-point';
import { mapUnchanged } from './unchanged';

/** Attributes after all rules; the same object when none applies. */
export type Redact = (attributes: Attributes) => Attributes;

/** The metrics of a resource with every attribute redacted: they become labels of series. */
export function redactMetrics(metrics: ResourceMetrics, redact: Redact): ResourceMetrics {
  const resource = changed(metrics.resource, redact);
  const scopes = mapUnchanged(metrics.scopes, (one) => {
    const scope = changed(one.scope, redact);
    const inner = mapUnchanged(one.metrics, (metric) => redactMetric(metric, redact));
    return scope === one.scope && inner === one.metrics ? one : { scope, metrics: inner };
  });
  return resource === metrics.resource && scopes === metrics.scopes ? metrics : { resource, scopes };
}

function redactMetric(metric: Metric, redact: Redact): Metric {
  const data = redactPoints(metric.data, redact);
  return data === metric.data ? metric : { ...metric, data };
}

function redactPoints(data: MetricPoints, redact: Redact): MetricPoints {
  switch (data.kind) {
    case 'none':
      return data;
    case 'gauge':
      return { ...data, points: data.points.map((point) => redactPoint(point, redact)) };
    case 'sum':
      return { ...data, points: data.points.map((point) => redactPoint(point, redact)) };
    case 'histogram':
      return { ...data, points: data.points.map((point) => redactPoint(point, redact)) };
    case 'exponentialHistogram':
      return { ...data, points: data.points.map((point) => redactPoint(point, redact)) };
    case 'summary':
      return { ...data, points: data.points.map((point) => changed(point, redact)) };
  }
}

function redactPoint<T extends PointHead & { readonly exemplars: readonly MetricExemplar[] }>(
  point: T,
  redact: Redact,
): T {
  const exemplars = mapUnchanged(point.exemplars, (exemplar) => changed(exemplar, redact));
  const own = changed(point, redact);
  return exemplars === point.exemplars ? own : { ...own, exemplars };
}

function changed<T extends { readonly attributes: Attributes }>(from: T, redact: Redact): T {
  const attributes = redact(from.attributes);
  return attributes === from.attributes ? from : { ...from, attributes };
}
