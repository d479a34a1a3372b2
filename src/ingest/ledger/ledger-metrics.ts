import type { EpochMillis } from '../../base/clock';
import { GEN_AI_DURATION_BUCKETS, GEN_AI_TOKEN_BUCKETS } from '../../domain/gen-ai';
import { Labels, METRIC_NAME } from '../../domain/labels';
import type { LedgerRow } from '../../domain/ledger';
import type { MetricMetadata } from '../../domain/sample';
import type { IncomingSample, LedgerChange } from '../../storage';

/** How series reach the store. */
export type OnSamples = (samples: readonly IncomingSample[], metadata: ReadonlyMap<string, MetricMetadata>) => void;

/** Metrics made from ledger rows, in the GenAI names where they exist. */
const METADATA: ReadonlyMap<string, MetricMetadata> = new Map(
  [
    ['gen_ai_client_token_usage', 'histogram', 'Tokens of a model call.', ''],
    ['gen_ai_client_operation_duration_seconds', 'histogram', 'Time a model call took.', 'seconds'],
    ['telltale_tokens_total', 'counter', 'Tokens by class: input (uncached), cache_read, cache_write, output.', ''],
    ['telltale_reasoning_tokens_total', 'counter', 'Output tokens spent on reasoning, a part of output.', ''],
    ['telltale_cost_usd_total', 'counter', 'Cost by list price, or as the vendor reported it, in US dollars.', ''],
    ['telltale_model_calls_total', 'counter', 'Model calls by outcome.', ''],
    ['telltale_model_calls_unpriced_total', 'counter', 'Model calls that no price is known for.', ''],
  ].map(([name, type, help, unit]) => [
    name ?? '',
    { type: type === 'histogram' ? 'histogram' : 'counter', help: help ?? '', unit: unit ?? '' },
  ]),
);

interface Distribution {
  readonly counts: number[];
  sum: number;
  count: number;
  /** The label sets of its series, made once. */
  sets?: { readonly buckets: readonly Labels[]; readonly all: Labels; readonly sum: Labels; readonly count: Labels };
}

/** At most so many series of each kind; beyond them new label sets are counted as refused. */
const MAX_CELLS = 20_000;

/**
 * Counters and distributions over the calls of the ledger. A call counts once: what a later reading adds to it, is added.
 * Emitters that export the GenAI metrics themselves get only the others.
 */
export class LedgerMetrics {
  private readonly counters = new Map<string, { labels: Labels; value: number }>();
  private readonly distributions = new Map<string, { labels: Labels; bounds: readonly number[]; cell: Distribution }>();
  private readonly touched = new Set<string>();
  private refusedCount = 0;

  constructor(private readonly onSamples: OnSamples) {}

  /** How many label sets were refused for lack of room. */
  get refused(): number {
    return this.refusedCount;
  }

  /**
   * Takes what a write changed and hands on the series it touched.
   * @param exportsMetrics whether an emitter makes the GenAI metrics itself.
   * @param isOwn whether an emitter's metrics come from our library in full.
   */
  record(
    changes: readonly LedgerChange[],
    at: EpochMillis,
    exportsMetrics: (emitter: string) => boolean,
    isOwn: (emitter: string) => boolean,
  ): void {
    const samples: IncomingSample[] = [];
    for (const change of changes) {
      const { row } = change;
      if (
        row.superseded ||
        isOwn(row.emitter) ||
        row.sources.every((source) => source === 'file' || source === 'metric')
      )
        continue;
      this.count(change, samples, at);
      if (change.previous === undefined && !exportsMetrics(row.emitter)) this.distribute(row, samples, at);
    }
    for (const key of this.touched) this.sampleOf(key, at, samples);
    this.touched.clear();
    if (samples.length > 0) this.onSamples(samples, METADATA);
  }

  private count({ row, previous }: LedgerChange, samples: IncomingSample[], at: EpochMillis): void {
    const before = previous?.superseded === true ? undefined : previous;
    const base = {
      model: row.responseModel || row.requestModel || 'unknown',
      emitter: row.emitter,
      service: row.service,
    };
    if (before === undefined) this.add('telltale_model_calls_total', { ...base, outcome: row.outcome }, 1, samples, at);
    const tokens = (type: string, now: number | undefined, then: number | undefined): void =>
      this.add('telltale_tokens_total', { ...base, type }, (now ?? 0) - (then ?? 0), samples, at);
    tokens('input', row.usage.uncached, before?.usage.uncached);
    tokens('cache_read', row.usage.cacheRead, before?.usage.cacheRead);
    tokens('cache_write', row.usage.cacheWrite, before?.usage.cacheWrite);
    tokens('output', row.usage.output, before?.usage.output);
    const reasoning = (row.usage.reasoning ?? 0) - (before?.usage.reasoning ?? 0);
    this.add('telltale_reasoning_tokens_total', base, reasoning, samples, at);
    const cost = costOf(row);
    if (cost !== undefined)
      this.add('telltale_cost_usd_total', base, cost - (before === undefined ? 0 : (costOf(before) ?? 0)), samples, at);
    else if (before === undefined) this.add('telltale_model_calls_unpriced_total', base, 1, samples, at);
  }

  private distribute(row: LedgerRow, samples: IncomingSample[], at: EpochMillis): void {
    const labels = {
      gen_ai_operation_name: row.operation,
      gen_ai_provider_name: row.provider,
      gen_ai_request_model: row.requestModel,
      gen_ai_response_model: row.responseModel,
      service: row.service,
      emitter: row.emitter,
    };
    for (const type of ['input', 'output'] as const) {
      const tokens = row.usage[type];
      if (tokens === undefined) continue;
      const own = { ...labels, gen_ai_token_type: type };
      this.observe('gen_ai_client_token_usage', own, GEN_AI_TOKEN_BUCKETS, tokens, samples, at);
    }
    if (row.latencyMs === undefined) return;
    const own = { ...labels, error_type: row.errorType };
    this.observe(
      'gen_ai_client_operation_duration_seconds',
      own,
      GEN_AI_DURATION_BUCKETS,
      row.latencyMs / 1000,
      samples,
      at,
    );
  }

  private add(
    name: string,
    labels: Readonly<Record<string, string>>,
    by: number,
    samples: IncomingSample[],
    at: EpochMillis,
  ): void {
    if (!(by > 0)) return;
    const key = keyOf(name, labels);
    const known = this.counters.get(key);
    if (known !== undefined) known.value += by;
    else {
      if (!this.hasRoom()) return;
      const set = Labels.of({ ...labels, [METRIC_NAME]: name });
      this.counters.set(key, { labels: set, value: by });
      // A start at zero, so that the first call is seen as an increase.
      samples.push({ labels: set, t: at - 1, value: 0 });
    }
    this.touched.add(key);
  }

  private observe(
    name: string,
    labels: Readonly<Record<string, string>>,
    bounds: readonly number[],
    value: number,
    samples: IncomingSample[],
    at: EpochMillis,
  ): void {
    const key = keyOf(name, labels);
    let known = this.distributions.get(key);
    if (known === undefined) {
      if (!this.hasRoom()) return;
      const set = Labels.of({ ...labels, [METRIC_NAME]: name });
      known = { labels: set, bounds, cell: { counts: bounds.map(() => 0), sum: 0, count: 0 } };
      this.distributions.set(key, known);
      pushHistogram(known.labels, bounds, known.cell, at - 1, samples);
    }
    const { cell } = known;
    bounds.forEach((bound, index) => {
      if (value <= bound) cell.counts[index] = (cell.counts[index] ?? 0) + 1;
    });
    cell.sum += value;
    cell.count++;
    this.touched.add(key);
  }

  private sampleOf(key: string, at: EpochMillis, samples: IncomingSample[]): void {
    const counter = this.counters.get(key);
    if (counter !== undefined) samples.push({ labels: counter.labels, t: at, value: counter.value });
    const distribution = this.distributions.get(key);
    if (distribution !== undefined)
      pushHistogram(distribution.labels, distribution.bounds, distribution.cell, at, samples);
  }

  private hasRoom(): boolean {
    if (this.counters.size + this.distributions.size < MAX_CELLS) return true;
    this.refusedCount++;
    return false;
  }
}

/** Tells cells apart; callers give the labels of one name always in the same order. */
function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  let key = name;
  for (const label in labels) key += `\u0000${labels[label]}`;
  return key;
}

/** What a call cost: the vendor's word where there is one, else the list price. */
function costOf(row: LedgerRow): number | undefined {
  return row.reportedCostUsd ?? row.cost?.usd;
}

function pushHistogram(
  labels: Labels,
  bounds: readonly number[],
  cell: Distribution,
  t: EpochMillis,
  samples: IncomingSample[],
): void {
  const name = labels.metricName;
  cell.sets ??= {
    buckets: bounds.map((bound) => labels.with({ [METRIC_NAME]: `${name}_bucket`, le: String(bound) })),
    all: labels.with({ [METRIC_NAME]: `${name}_bucket`, le: '+Inf' }),
    sum: labels.with({ [METRIC_NAME]: `${name}_sum` }),
    count: labels.with({ [METRIC_NAME]: `${name}_count` }),
  };
  const { buckets, all, sum, count } = cell.sets;
  buckets.forEach((set, index) => samples.push({ labels: set, t, value: cell.counts[index] ?? 0 }));
  samples.push({ labels: all, t, value: cell.count });
  samples.push({ labels: sum, t, value: cell.sum });
  samples.push({ labels: count, t, value: cell.count });
}
