import { stringify } from 'yaml';

/** What a scenario breaks, and the rule that is expected to tell. */
export interface Scenario {
  readonly name: 'slow-model' | 'exhausted-pool' | 'runaway-tokens';
  /** What happens, in a clause: "the model …". */
  readonly story: string;
  readonly alert: string;
  readonly severity: 'critical' | 'warning';
  readonly expr: string;
  readonly summary: string;
  readonly description: string;
  readonly unit: (value: number) => string;
}

const WINDOW = '8s';

/** The incidents that the demo can play. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'slow-model',
    story: 'the model provider slows down: answers that took about a second now take several',
    alert: 'SlowModel',
    severity: 'critical',
    expr: `histogram_quantile(0.95, sum by (le) (rate(telltale_operation_duration_seconds_bucket{stage="inference"}[${WINDOW}]))) > 3`,
    summary: 'Model calls are slow: p95 is {{ $value | humanizeDuration }}',
    description:
      'The 95th percentile of model inference has been {{ $value | humanizeDuration }} over the last 8 seconds; the limit is 3s. Users wait this long for every step of an answer. Check the provider’s status page, then switch the model selector to its fallback.',
    unit: (value) => `${value.toFixed(2)} s`,
  },
  {
    name: 'exhausted-pool',
    story: 'somebody takes all connections of the conversation store and keeps them',
    alert: 'ExhaustedPool',
    severity: 'critical',
    expr: 'max by (pool) (telltale_pool_waiters) > 0 and on (pool) max by (pool) (telltale_pool_in_use / telltale_pool_size) >= 1',
    summary: 'Pool {{ $labels.pool }} is exhausted: {{ $value }} requests wait',
    description:
      'Every connection of pool {{ $labels.pool }} is in use and {{ $value }} requests wait for one. Chats fail when they have waited too long. Look for transactions left open; raise the pool’s limit only if the database has room.',
    unit: (value) => `${value} waiting`,
  },
  {
    name: 'runaway-tokens',
    story: 'answers stop converging: each one runs on until it hits its token limit',
    alert: 'RunawayTokens',
    severity: 'warning',
    expr: `sum(rate(telltale_tokens_total{type="output"}[${WINDOW}])) / sum(rate(telltale_operations_total{stage="inference"}[${WINDOW}])) > 400`,
    summary: 'Token burn: {{ $value | humanize }} output tokens per model call',
    description:
      'Model calls put out {{ $value | humanize }} tokens each on average over the last 8 seconds; the limit is 400. Output is the dearest class of tokens, and an answer that runs to its limit is rarely a good one. Look for a prompt that lost its stop condition, and lower max_tokens.',
    unit: (value) => `${Math.round(value)} output tokens per call`,
  },
];

/** A Prometheus rule file with the scenario's rule, evaluated every second. */
export function ruleFileOf(scenario: Scenario): string {
  return stringify({
    groups: [
      {
        name: 'demo',
        interval: '1s',
        rules: [
          {
            alert: scenario.alert,
            expr: scenario.expr,
            for: '2s',
            labels: { severity: scenario.severity, team: 'assistant' },
            annotations: {
              summary: scenario.summary,
              description: scenario.description,
              runbook_url: `https://example.com/runbooks/${scenario.alert}`,
            },
          },
        ],
      },
    ],
  });
}

/** An Alertmanager configuration that sends the demo's alert to its own inbox and mailbox. */
export function routingOf(webhookUrl: string, smtpPort: number): string {
  return stringify({
    global: {
      smtp_smarthost: `127.0.0.1:${smtpPort}`,
      smtp_from: 'Telltale <telltale@example.com>',
      smtp_require_tls: false,
      resolve_timeout: '5m',
    },
    route: {
      receiver: 'nobody',
      group_by: ['alertname'],
      group_wait: '0s',
      group_interval: '1s',
      repeat_interval: '4h',
      routes: [{ receiver: 'on-call', matchers: ['team="assistant"'] }],
    },
    receivers: [
      { name: 'nobody' },
      {
        name: 'on-call',
        webhook_configs: [{ url: webhookUrl, send_resolved: true }],
        email_configs: [{ to: 'On-call <on-call@example.com>', send_resolved: true }],
      },
    ],
  });
}
