import type { EpochMillis, Millis } from '../../base/clock';
import type { Counter, Histogram, Telemetry } from '../../base/telemetry';
import type { EvaluatedRule } from '../evaluation/group-evaluator';
import type { RuleGroup } from '../file/rule-file';

const SECONDS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] as const;

/** What the rules say about themselves; names as Prometheus has them, under our prefix. */
export class RuleMetrics {
  private readonly duration: Histogram;
  private readonly evaluations: Counter;
  private readonly failures: Counter;
  private readonly pushes: Counter;
  private readonly alertsSent: Counter;
  private readonly alertsFailed: Counter;
  private readonly samplesRefused: Counter;

  constructor(private readonly telemetry: Telemetry) {
    const counter = (name: string, help: string): Counter => telemetry.counter(name, help);
    this.duration = telemetry.histogram('telltale_rule_evaluation_duration_seconds', 'Time one rule took.', SECONDS);
    this.evaluations = counter('telltale_rule_evaluations_total', 'Evaluations of rules.');
    this.failures = counter('telltale_rule_evaluation_failures_total', 'Evaluations of rules that failed.');
    this.pushes = counter(
      'telltale_rule_push_evaluations_total',
      'Evaluations of rules between their slots, because data came in.',
    );
    this.alertsSent = counter('telltale_rule_alerts_sent_total', 'Alerts handed over to be notified.');
    this.alertsFailed = counter(
      'telltale_rule_alerts_send_failures_total',
      'Alerts that were not taken and will be sent again.',
    );
    this.samplesRefused = counter('telltale_rule_samples_refused_total', 'Samples of rules that the store refused.');
  }

  evaluatedRule(group: RuleGroup, rule: EvaluatedRule): void {
    this.duration.observe(rule.evaluationTime / 1000);
    this.evaluations.add();
    if (rule.health === 'err') this.failures.add();
    this.telemetry
      .gauge('telltale_rule_last_evaluation_duration_seconds', 'Time the last evaluation of a rule took.', {
        rule_group: group.name,
        rule: rule.evaluator.rule.name,
      })
      .set(rule.evaluationTime / 1000);
  }

  evaluatedGroup(group: RuleGroup, at: EpochMillis, took: Millis): void {
    const labels = { rule_group: group.name };
    this.telemetry
      .counter('telltale_rule_group_iterations_total', 'Slots of a group, missed ones included.', labels)
      .add();
    this.telemetry
      .gauge('telltale_rule_group_last_evaluation_timestamp_seconds', 'Slot of the last evaluation of a group.', labels)
      .set(at / 1000);
    this.telemetry
      .gauge('telltale_rule_group_last_duration_seconds', 'Time the last evaluation of a group took.', labels)
      .set(took / 1000);
  }

  missed(group: RuleGroup, count: number): void {
    const labels = { rule_group: group.name };
    const cell = this.telemetry.counter(
      'telltale_rule_group_iterations_missed_total',
      'Slots of a group that were missed.',
      labels,
    );
    if (count > 0) cell.add(count);
  }

  pushed(): void {
    this.pushes.add();
  }

  sent(count: number): void {
    this.alertsSent.add(count);
  }

  sendFailed(count: number): void {
    this.alertsFailed.add(count);
  }

  refused(count: number): void {
    this.samplesRefused.add(count);
  }
}
