import type { EpochMillis } from '../../base/clock';
import { messageOf } from '../../base/errors';
import type { Logger } from '../../base/logger';
import { authorityOf } from '../../domain/ledger';
import type { LedgerRow, SessionActivity } from '../../domain/ledger';
import { AGGREGATE_OPERATION } from '../../domain/ledger-summary';
import { NO_RECORDED_VALUE } from '../../domain/metric-point';
import type { Metric, NumberPoint, ResourceMetrics } from '../../domain/metric-point';
import { serviceNameOf } from '../../domain/resource';
import type { Resource } from '../../domain/resource';
import type { UsageField } from '../../domain/usage';
import type { MetricsConverter } from '../metrics-intake';
import { AttributeReader } from '../dialects';
import { toCall } from '../dialects/dialect';
import { whoAndWhere } from '../dialects/identity';

/** What one emitter counts in a metric. */
interface UsageMetric {
  readonly emitter: string;
  readonly provider: string;
  /** By the value of the `type` attribute; undefined: the metric is a cost in dollars. */
  readonly fields: Readonly<Record<string, readonly UsageField[]>> | undefined;
}

/**
 * Metrics that carry a session's usage. Codex' carry no conversation and cannot be tied to one; Copilot's name a window of
 * the editor, not a conversation; what Gemini CLI says in `gen_ai.client.token.usage` it says here, too.
 */
const USAGE_METRICS: Readonly<Record<string, UsageMetric>> = {
  'claude_code.token.usage': {
    emitter: 'claude-code',
    provider: 'anthropic',
    fields: { input: ['uncached'], output: ['output'], cacheRead: ['cacheRead'], cacheCreation: ['cacheWrite'] },
  },
  'claude_code.cost.usage': { emitter: 'claude-code', provider: 'anthropic', fields: undefined },
  'gemini_cli.token.usage': {
    emitter: 'gemini-cli',
    provider: 'gcp.gemini',
    // Thoughts are reported beside the output.
    fields: { input: ['input'], output: ['output'], thought: ['output', 'reasoning'], cache: ['cacheRead'] },
  },
};

interface Draft {
  readonly point: NumberPoint;
  readonly resource: Resource;
  readonly metric: UsageMetric;
  readonly cumulative: boolean;
  readonly usage: { [F in UsageField]?: number };
  cost: number | undefined;
}

/**
 * The usage that metrics report, as rows of the ledger of least authority: one per session, model, agent and export
 * window, of operation `aggregate` since a metric does not tell calls apart. They count only in sessions that no span and
 * no event tells of.
 */
export function readUsageMetrics(metrics: readonly ResourceMetrics[]): LedgerRow[] {
  const drafts = new Map<string, Draft>();
  for (const { resource, scopes } of metrics)
    for (const { scope: _scope, metrics: listed } of scopes)
      for (const metric of listed) addMetric(drafts, resource, metric);
  return [...drafts].flatMap(([key, draft]) => toRow(key, draft));
}

/** Takes usage from metrics on their way to becoming samples. */
export class LedgerMetricsConverter implements MetricsConverter {
  /** @param take must not reject; it is not waited for: the samples carry the same figures durably. */
  constructor(
    private readonly inner: MetricsConverter,
    private readonly take: (
      rows: readonly LedgerRow[],
      activities: readonly SessionActivity[],
      at: EpochMillis,
    ) => Promise<void>,
    private readonly logger: Logger,
  ) {}

  convert(metrics: ResourceMetrics[], at: EpochMillis): ReturnType<MetricsConverter['convert']> {
    const rows = readUsageMetrics(metrics);
    if (rows.length > 0)
      this.take(rows, [], at).catch((error: unknown) =>
        this.logger.warn('usage of metrics was not taken into the ledger', { error: messageOf(error) }),
      );
    return this.inner.convert(metrics, at);
  }
}

function addMetric(drafts: Map<string, Draft>, resource: Resource, metric: Metric): void {
  const known = USAGE_METRICS[metric.name];
  if (known === undefined || metric.data.kind !== 'sum') return;
  const cumulative = metric.data.temporality === 'cumulative';
  for (const point of metric.data.points) {
    if ((point.flags & NO_RECORDED_VALUE) !== 0) continue;
    const { type: _type, ...others } = point.attributes;
    const key = JSON.stringify([
      known.emitter,
      String(point.startUnixNano),
      // A cumulative point replaces the one before it, a delta stands for its own window.
      cumulative ? '' : String(point.timeUnixNano),
      Object.entries(others)
        .map(([name, value]) => `${name}=${String(value)}`)
        .sort(),
    ]);
    const draft = drafts.get(key) ?? { point, resource, metric: known, cumulative, usage: {}, cost: undefined };
    drafts.set(key, draft);
    if (known.fields === undefined) draft.cost = (draft.cost ?? 0) + point.value;
    else
      for (const field of known.fields[String(point.attributes['type'])] ?? [])
        draft.usage[field] = (draft.usage[field] ?? 0) + point.value;
  }
}

function toRow(key: string, { point, resource, metric, cumulative, usage, cost }: Draft): LedgerRow[] {
  const read = new AttributeReader([point.attributes, resource.attributes]);
  const who = whoAndWhere(read);
  if (who.session === '') return [];
  const model = read.text('requestModel', 'model');
  const start = Number((point.startUnixNano === 0n ? point.timeUnixNano : point.startUnixNano) / 1_000_000n);
  const end = Number(point.timeUnixNano / 1_000_000n);
  const row = toCall(
    metric.emitter,
    {
      ...who,
      id: `metric:${key}`,
      source: 'metric',
      // The later of two cumulative points wins.
      authority: authorityOf('metric') + (cumulative ? Math.min(0.999, end / 1e13) : 0),
      at: start,
      latencyMs: undefined,
      service: serviceNameOf(resource),
      operation: AGGREGATE_OPERATION,
      agent: read.text('agent', 'agent.name'),
      provider: metric.provider,
      requestModel: model,
      responseModel: model,
      usage,
      reportedCostUsd: cost,
    },
    read,
  );
  return [row];
}
