import type { Counter, Histogram, Telemetry } from '../base/telemetry';

/** Our own metrics; under Alertmanager's names where they mean the same. */
export class AlertingMetrics {
  readonly invalid: Counter;
  readonly groupLimit: Counter;
  private readonly cells = new Map<string, Counter>();

  constructor(private readonly telemetry: Telemetry) {
    this.invalid = telemetry.counter('alertmanager_alerts_invalid_total', 'Received alerts that were invalid.', {
      version: 'v2',
    });
    this.groupLimit = telemetry.counter(
      'alertmanager_dispatcher_aggregation_group_limit_reached_total',
      'Alerts that could not be grouped because there are too many groups.',
    );
  }

  received(status: 'firing' | 'resolved', by: number): void {
    if (by > 0)
      this.counter('alertmanager_alerts_received_total', 'Received alerts.', { status, version: 'v2' }).add(by);
  }

  notification(integration: string, receiver: string): void {
    this.counter('alertmanager_notifications_total', 'Attempted notifications.', {
      integration,
      receiver_name: receiver,
    }).add();
  }

  failed(integration: string, receiver: string, reason: string): void {
    this.counter('alertmanager_notifications_failed_total', 'Failed notifications.', {
      integration,
      receiver_name: receiver,
      reason,
    }).add();
  }

  request(integration: string, receiver: string, failed: boolean): void {
    const labels = { integration, receiver_name: receiver };
    this.counter('alertmanager_notification_requests_total', 'Attempted notification requests.', labels).add();
    if (failed)
      this.counter('alertmanager_notification_requests_failed_total', 'Failed notification requests.', labels).add();
  }

  suppressed(reason: 'silence' | 'inhibition' | 'mute_time_interval', by: number): void {
    if (by > 0)
      this.counter('alertmanager_notifications_suppressed_total', 'Notifications kept back.', { reason }).add(by);
  }

  latency(integration: string, receiver: string): Histogram {
    return this.telemetry.histogram(
      'alertmanager_notification_latency_seconds',
      'How long an attempt took.',
      [1, 5, 10, 15, 20],
      { integration, receiver_name: receiver },
    );
  }

  /** The time from an alert's arrival to the delivery of its first notification. */
  deliveryLag(): Histogram {
    return this.telemetry.histogram(
      'telltale_alerting_delivery_lag_seconds',
      'From the decision to notify to its delivery.',
      [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60, 300, 1800],
    );
  }

  observe(name: string, help: string, read: () => number, labels?: Readonly<Record<string, string>>): void {
    this.telemetry.observedGauge(name, help, read, labels);
  }

  gauge(name: string, help: string): { set(value: number): void } {
    return this.telemetry.gauge(name, help);
  }

  private counter(name: string, help: string, labels: Readonly<Record<string, string>>): Counter {
    const key = `${name} ${JSON.stringify(labels)}`;
    let cell = this.cells.get(key);
    if (cell === undefined) this.cells.set(key, (cell = this.telemetry.counter(name, help, labels)));
    return cell;
  }
}
