/** What kind of metric a name stands for, for the metrics that we emit ourselves. */
export type KnownType = 'counter' | 'gauge' | 'histogram';

const OWN: readonly (readonly [type: KnownType, names: string])[] = [
  [
    'histogram',
    `telltale_operation_duration_seconds telltale_input_size_bytes telltale_output_tokens_per_second
     gen_ai_client_operation_duration_seconds gen_ai_client_operation_time_to_first_chunk_seconds
     gen_ai_client_operation_time_per_output_chunk_seconds gen_ai_client_token_usage
     gen_ai_client_inference_duration_seconds gen_ai_client_inference_time_to_first_chunk_seconds
     gen_ai_client_inference_time_per_output_chunk_seconds gen_ai_client_inference_operation_input_tokens
     gen_ai_client_inference_operation_output_tokens gen_ai_execute_tool_duration_seconds
     gen_ai_invoke_agent_duration_seconds gen_ai_server_request_duration_seconds
     gen_ai_server_time_to_first_token_seconds gen_ai_server_time_per_output_token_seconds
     telltale_pool_acquire_seconds telltale_batcher_wait_seconds telltale_writer_batch_seconds nodejs_gc_duration_seconds telltale_rule_evaluation_duration_seconds
     telltale_db_query_seconds telltale_span_store_commit_seconds telltale_span_duration_seconds
     telltale_anomaly_look_seconds`,
  ],
  [
    'counter',
    `telltale_operations_total telltale_operation_errors_total telltale_threshold_exceeded_total telltale_retries_total
     telltale_recoveries_total telltale_tokens_total telltale_reasoning_tokens_total telltale_cost_usd_total
     telltale_model_calls_total telltale_model_calls_unpriced_total telltale_pool_exhausted_total
     telltale_pool_timeouts_total telltale_pool_leaked_total telltale_pool_failures_total telltale_batcher_refused_total
     telltale_cache_tier_events_total telltale_selector_selections_total telltale_selector_fallbacks_total
     telltale_context_overflow_total telltale_writer_failed_rows_total telltale_http_client_requests_total
     gen_ai_client_inference_usage_input_tokens_total gen_ai_client_inference_usage_output_tokens_total
     gen_ai_client_inference_usage_cache_read_input_tokens_total
     gen_ai_client_inference_usage_cache_write_input_tokens_total
     gen_ai_client_inference_usage_reasoning_output_tokens_total process_cpu_user_seconds_total
     process_cpu_system_seconds_total process_cpu_seconds_total telltale_export_spans_total
     telltale_rule_evaluations_total telltale_rule_evaluation_failures_total telltale_rule_push_evaluations_total
     telltale_rule_alerts_sent_total telltale_rule_alerts_send_failures_total telltale_rule_samples_refused_total
     telltale_rule_group_iterations_total telltale_rule_group_iterations_missed_total
     telltale_span_store_refused_total telltale_span_store_records_total telltale_anomaly_failures_total
     telltale_anomaly_series_refused_total telltale_cache_requests_total claude_code_cost_usage_USD_total claude_code_token_usage_tokens_total`,
  ],
  [
    'gauge',
    `telltale_pool_size telltale_pool_idle telltale_pool_in_use telltale_pool_waiters telltale_pool_limit
     telltale_selector_breaker_open telltale_context_fill_ratio telltale_writer_pending_rows
     telltale_writer_pending_rows_limit
     process_resident_memory_bytes process_start_time_seconds process_open_fds process_max_fds
     nodejs_heap_size_total_bytes nodejs_heap_size_used_bytes nodejs_heap_size_limit_bytes
     nodejs_external_memory_bytes nodejs_array_buffers_bytes nodejs_heap_space_size_total_bytes
     nodejs_heap_space_size_used_bytes nodejs_heap_space_size_available_bytes nodejs_eventloop_lag_seconds
     nodejs_eventloop_lag_min_seconds nodejs_eventloop_lag_max_seconds nodejs_eventloop_lag_mean_seconds
     nodejs_eventloop_lag_stddev_seconds nodejs_eventloop_lag_p50_seconds nodejs_eventloop_lag_p90_seconds
     nodejs_eventloop_lag_p99_seconds nodejs_eventloop_utilization_ratio nodejs_active_resources
     nodejs_active_resources_total nodejs_active_handles_total nodejs_active_requests_total nodejs_version_info
     telltale_disk_used_bytes telltale_disk_free_bytes telltale_disk_size_bytes telltale_export_queue_spans
     telltale_export_queue_limit_spans telltale_rule_last_evaluation_duration_seconds
     telltale_rule_group_last_duration_seconds telltale_rule_group_last_evaluation_timestamp_seconds
     telltale_anomaly_score anomaly_score anomaly_threshold anomaly_band_lower anomaly_band_upper
     telltale_anomaly_series telltale_anomaly_series_limit telltale_alerting_outbox_items telltale_alerting_outbox_oldest_seconds
     telltale_span_store_queue_ratio telltale_span_store_size_bytes up scrape_duration_seconds
     scrape_samples_scraped ALERTS ALERTS_FOR_STATE target_info`,
  ],
];

/** The metrics that we emit, with their types. */
export const knownMetrics: ReadonlyMap<string, KnownType> = new Map(
  OWN.flatMap(([type, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name): [string, KnownType] => [name, type]),
  ),
);

/** Prefixes under which only we emit: a name there that is not known is a slip. */
export const OWN_PREFIXES = [
  'telltale_operation',
  'telltale_pool',
  'telltale_token',
  'telltale_cost',
  'telltale_disk',
  'nodejs_',
  'telltale_rule_',
];

/** The name of the metric that a series belongs to: without a histogram's `_bucket`, `_sum`, `_count`. */
export function familyOf(name: string): string {
  const base = name.replace(/_(?:bucket|sum|count)$/, '');
  return knownMetrics.get(base) === 'histogram' ? base : name;
}
