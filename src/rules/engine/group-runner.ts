import type { Clock, EpochMillis, Millis, Timer } from '../../base/clock';
import { messageOf } from '../../base/errors';
import type { Logger } from '../../base/logger';
import type { Alert } from '../../domain/alert';
import type { SeriesStore } from '../../storage';
import type { AlertSink } from '../alert-sink';
import { isDue } from '../evaluation/alert-state';
import { AlertingEvaluator } from '../evaluation/alerting-evaluator';
import type { ActiveAlert } from '../evaluation/alerting-evaluator';
import { GroupEvaluator } from '../evaluation/group-evaluator';
import type { RuleOutcome } from '../evaluation/group-evaluator';
import { handedAlert, validityOf } from '../evaluation/handed-alert';
import type { RuleQueryEngine } from '../evaluation/rule-query';
import type { AlertingRule, RuleGroup } from '../file/rule-file';
import type { RulesConfig } from '../rules.config';
import type { GroupStatus, Transition } from '../status';
import { describeAlert, valueAtEnd } from './alert-details';
import type { DurableAlerts } from './durable-alerts';
import { toGroupStatus } from './group-status';
import type { RuleMetrics } from './rule-metrics';
import { nextSlot, scheduleOf, slotAt } from './schedule';
import type { Schedule } from './schedule';

/** What all groups share. */
export interface RunnerSurroundings {
  readonly engine: RuleQueryEngine;
  readonly series: SeriesStore;
  readonly sink: AlertSink;
  readonly durable: DurableAlerts;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: RuleMetrics;
  readonly config: RulesConfig;
  readonly externalUrl: string;
  readonly externalLabels: Readonly<Record<string, string>>;
  /** Lets at most so many evaluations run at once. */
  readonly gate: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Of the time between two pushes, at most one part in so many goes into evaluating. */
const PUSH_SHARE = 20;

/** Pending alerts on disk are refreshed this often. */
const REFRESH_PENDING: Millis = 15_000;

/** Runs one group: evaluates it in its slots, keeps its alerts durable and hands them over. */
export class GroupRunner {
  readonly evaluator: GroupEvaluator;
  readonly schedule: Schedule;
  readonly queryOffset: Millis;
  private timer: Timer | undefined;
  private stopped = false;
  private evaluated: EpochMillis | undefined;
  private upcoming: EpochMillis | undefined;
  private evaluationTime: Millis = 0;
  private missed = 0;
  private last: Promise<void> = Promise.resolve();
  private pushed: EpochMillis = -Infinity;
  private pushCost: Millis = 0;
  private pushTimer: Timer | undefined;

  constructor(
    readonly group: RuleGroup,
    private readonly shared: RunnerSurroundings,
  ) {
    const { config } = shared;
    this.schedule = scheduleOf(group.file, group.name, group.interval ?? config.interval);
    this.queryOffset = group.queryOffset ?? config.queryOffset;
    this.evaluator = new GroupEvaluator(group, {
      engine: shared.engine,
      externalLabels: shared.externalLabels,
      externalUrl: shared.externalUrl,
      resolvedRetention: config.resolvedRetention,
      timeout: config.timeout,
      clock: shared.clock,
      append: (samples) => shared.series.append(samples),
      onRefused: (rule, refused) => {
        shared.metrics.refused(Object.values(refused).reduce((sum, count) => sum + count, 0));
        shared.logger.warn('samples of a rule were refused', {
          group: group.name,
          rule: rule.name,
          reasons: Object.keys(refused).join(','),
        });
      },
    });
  }

  get key(): string {
    return `${this.group.file};${this.group.name}`;
  }

  /** The keys under which the alerts of its rules are kept: by name and labels; equal ones count up. */
  get ruleKeys(): readonly string[] {
    const seen = new Map<string, number>();
    return this.group.rules.map((rule) => {
      const identity = `${this.key};${rule.name};${JSON.stringify([...rule.labels].sort())}`;
      const ordinal = seen.get(identity) ?? 0;
      seen.set(identity, ordinal + 1);
      return `${identity};${ordinal}`;
    });
  }

  status(): GroupStatus {
    return toGroupStatus(this.evaluator, {
      interval: this.schedule.interval,
      queryOffset: this.queryOffset,
      evaluationTime: this.evaluationTime,
      lastEvaluation: this.evaluated,
      nextEvaluation: this.upcoming,
      missedIterations: this.missed,
    });
  }

  start(): void {
    const slot = slotAt(this.schedule, this.shared.clock.now());
    this.arm(slot + this.schedule.interval);
  }

  /** No evaluation starts after this; resolves when the one that runs is done. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    this.pushTimer?.cancel();
    await this.last;
  }

  /**
   * Asks for an evaluation between the slots, because inputs changed: at most one per push interval, fewer where one is
   * costly, and only of alerting rules without holds, for which it cannot change what the next slot finds.
   */
  requestPush(): void {
    const { clock, config } = this.shared;
    if (this.stopped || this.pushTimer !== undefined || this.queryOffset > 0 || !this.hasPushable) return;
    const spacing = Math.max(config.pushInterval, PUSH_SHARE * this.pushCost);
    const wait = Math.max(0, this.pushed + spacing - clock.now());
    this.pushTimer = clock.schedule(wait, () => {
      this.pushTimer = undefined;
      this.enqueue(() => this.push());
    });
  }

  private get hasPushable(): boolean {
    return this.evaluator.rules.some(({ evaluator }) => isPushable(evaluator));
  }

  private arm(slot: EpochMillis): void {
    if (this.stopped) return;
    this.upcoming = slot;
    this.timer = this.shared.clock.schedule(slot - this.shared.clock.now(), () => this.enqueue(() => this.slot(slot)));
  }

  private enqueue(work: () => Promise<void>): void {
    this.last = this.last
      .then(() => (this.stopped ? undefined : this.shared.gate(work)))
      .catch((error: unknown) => {
        this.shared.logger.error('evaluation of a group failed', { group: this.group.name, error: messageOf(error) });
      });
  }

  private async slot(at: EpochMillis): Promise<void> {
    const { clock, metrics } = this.shared;
    const began = clock.elapsed();
    await this.evaluate(at);
    this.evaluationTime = clock.elapsed() - began;
    metrics.evaluatedGroup(this.group, at, this.evaluationTime);
    const { slot, missed } = nextSlot(this.schedule, at, clock.now());
    this.missed += missed;
    metrics.missed(this.group, missed);
    this.arm(slot);
  }

  /** Evaluates all rules at `at`; also for those who cannot wait for the slot, as tests. */
  async evaluate(at: EpochMillis): Promise<void> {
    this.evaluated = at;
    const keys = this.ruleKeys;
    let index = 0;
    await this.evaluator.evaluate(
      at,
      this.queryOffset,
      () => this.stopped,
      (outcome) => this.settle(outcome, keys[index++] ?? '', at),
    );
  }

  private async push(): Promise<void> {
    const { clock } = this.shared;
    const at = clock.now();
    if (this.upcoming !== undefined && at >= this.upcoming) {
      // The slot is due: it goes first, and sees what is older than it.
      this.pushTimer = clock.schedule(1, () => {
        this.pushTimer = undefined;
        this.enqueue(() => this.push());
      });
      return;
    }
    if (this.evaluated !== undefined && at <= this.evaluated) return;
    this.pushed = at;
    const began = clock.elapsed();
    this.evaluator.begin();
    const keys = this.ruleKeys;
    for (const [index, rule] of this.evaluator.rules.entries()) {
      const { evaluator } = rule;
      if (this.stopped || !isPushable(evaluator)) continue;
      try {
        const { transitions } = await evaluator.evaluate({ at, queryOffset: 0, limit: this.group.limit });
        this.shared.metrics.pushed();
        await this.settle({ rule, transitions, error: undefined }, keys[index] ?? '', at);
      } catch (error) {
        rule.health = 'err';
        rule.lastError = messageOf(error);
      }
    }
    this.pushCost = clock.elapsed() - began;
  }

  /** Makes what an evaluation of a rule brought durable, then hands over what is due. */
  private async settle(outcome: RuleOutcome, key: string, at: EpochMillis): Promise<void> {
    const { evaluator } = outcome.rule;
    const { metrics, durable, logger } = this.shared;
    metrics.evaluatedRule(this.group, outcome.rule);
    if (outcome.error !== undefined) {
      logger.warn('a rule failed', { group: this.group.name, rule: evaluator.rule.name, error: outcome.error });
    }
    if (!(evaluator instanceof AlertingEvaluator)) return;
    const transitions = outcome.transitions.map((transition): Transition => ({
      t: at,
      file: this.group.file,
      group: this.group.name,
      rule: evaluator.rule.name,
      labels: transition.labels.toRecord(),
      from: transition.from,
      to: transition.to,
      value: transition.value,
      activeAt: transition.activeAt,
    }));
    await durable.save(key, evaluator.alerts, at, REFRESH_PENDING, transitions);
    if (outcome.error !== undefined) return;
    const due = evaluator.alerts.filter((alert) => isDue(alert, at, this.shared.config.resendDelay));
    if (due.length === 0) return;
    await this.hand(evaluator, due, at);
    await durable.save(key, evaluator.alerts, at, REFRESH_PENDING);
  }

  private async hand(evaluator: AlertingEvaluator, due: readonly ActiveAlert[], at: EpochMillis): Promise<void> {
    const { sink, logger, engine, series, metrics } = this.shared;
    const told: ActiveAlert[] = [];
    for (const alert of due) {
      if (alert.state === 'firing' && alert.details.query === undefined) {
        const details = await describeAlert(evaluator.rule, alert, at, engine, series);
        evaluator.update(alert, { details });
        told.push({ ...alert, details });
      } else if (alert.state === 'inactive') {
        const ended = (alert.resolvedAt ?? at) - this.queryOffset;
        const value = await valueAtEnd(evaluator.rule, alert, ended, engine);
        const details = value === undefined ? alert.details : { ...alert.details, value, valueAtResolve: value };
        told.push({ ...alert, details });
      } else told.push(alert);
    }
    try {
      await sink.accept(told.map((alert) => this.toAlert(evaluator.rule, alert, at)));
      for (const alert of told) evaluator.update(alert, { lastSentAt: at });
      metrics.sent(told.length);
    } catch (error) {
      metrics.sendFailed(told.length);
      logger.error('alerts were not taken; they are sent again at the next evaluation', {
        group: this.group.name,
        rule: evaluator.rule.name,
        error: messageOf(error),
      });
    }
  }

  private toAlert(rule: AlertingRule, alert: ActiveAlert, at: EpochMillis): Alert {
    const { config, externalLabels, externalUrl } = this.shared;
    const validFor = validityOf(this.schedule.interval, config.resendDelay);
    return handedAlert(rule, alert, at, { externalLabels, externalUrl, validFor });
  }
}

function isPushable(evaluator: GroupEvaluator['rules'][number]['evaluator']): evaluator is AlertingEvaluator {
  return evaluator instanceof AlertingEvaluator && evaluator.rule.holdFor === 0 && evaluator.rule.keepFiringFor === 0;
}
