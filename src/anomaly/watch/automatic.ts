/** An expression whose series are judged. */
export interface Watch {
  /** The value of the label `watch`. */
  readonly name: string;
  /** PromQL that gives an instant vector. */
  readonly expr: string;
}

const OPERATIONS = 'sum by (stage) (rate(telltale_operations_total[5m]))';
const ERRORS = 'sum by (stage) (rate(telltale_operation_errors_total[5m]))';
const INPUT = 'sum by (model) (rate(telltale_tokens_total{type=~"input|cache_read|cache_write"}[5m]))';

/** What is watched without being asked for. Sums over services keep the number of series small. */
export const automaticWatches: readonly Watch[] = [
  {
    name: 'stage_latency',
    expr: 'histogram_quantile(0.95, sum by (stage, le) (rate(telltale_operation_duration_seconds_bucket[5m])))',
  },
  { name: 'error_ratio', expr: `(${ERRORS} or 0 * ${OPERATIONS}) / ${OPERATIONS}` },
  { name: 'token_rate', expr: 'sum by (model) (rate(telltale_tokens_total[5m]))' },
  { name: 'cost_rate', expr: 'sum by (model) (rate(telltale_cost_usd_total[5m]))' },
  {
    name: 'time_to_first_token',
    expr:
      'histogram_quantile(0.95, sum by (gen_ai_request_model, le) ' +
      '(rate(gen_ai_client_operation_time_to_first_chunk_seconds_bucket[5m])))',
  },
  {
    name: 'cache_read_share',
    expr: `sum by (model) (rate(telltale_tokens_total{type="cache_read"}[5m])) / ${INPUT}`,
  },
];
