import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Clock, EpochMillis, Millis } from '../../base/clock';
import { messageOf } from '../../base/errors';
import type { Logger } from '../../base/logger';
import type { Telemetry } from '../../base/telemetry';
import type { Labels } from '../../domain/labels';
import type { SeriesStore, StateStore } from '../../storage';
import type { AlertSink } from '../alert-sink';
import { InvalidRulesError } from '../errors';
import { AlertingEvaluator } from '../evaluation/alerting-evaluator';
import type { ActiveAlert } from '../evaluation/alerting-evaluator';
import type { RuleQueryEngine } from '../evaluation/rule-query';
import { loadRuleFiles } from '../file/load-rule-files';
import type { RuleGroup } from '../file/rule-file';
import type { RulesConfig } from '../rules.config';
import type { AlertStatus, GroupStatus, ReloadPlan, Transition } from '../status';
import { DurableAlerts } from './durable-alerts';
import type { RecalledAlert } from './durable-alerts';
import { FileWatch } from './file-watch';
import { createGate } from './gate';
import { GroupRunner } from './group-runner';
import type { RunnerSurroundings } from './group-runner';
import { PushIndex } from './push-index';
import { definitionOf, isSameRule, planReload } from './reload-plan';
import { RuleMetrics } from './rule-metrics';

/** Injection token of the rules engine. */
export const RULES_ENGINE = Symbol('RulesEngine');

/** What the rules engine is built from. */
export interface RulesEngineOptions {
  /** The query engine over `series`. */
  readonly engine: RuleQueryEngine;
  readonly series: SeriesStore;
  readonly state: StateStore;
  readonly sink: AlertSink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly config: RulesConfig;
  /** Where the stack is reached from outside; starts the links in alerts. */
  readonly externalUrl: string;
  /** In addition to the configuration's. */
  readonly externalLabels?: Readonly<Record<string, string>>;
  /** What relative patterns of rule files start from; the working directory by default. */
  readonly baseDir?: string;
}

/** A group as it is written, with the interval it runs at. */
export type ActiveGroup = RuleGroup & { readonly interval: Millis };

/** A pending alert whose row is older than this was not seen to hold meanwhile: the time does not count. */
const SHORT_OUTAGE = 60_000;

/** Loads rule files, evaluates their groups on schedule and hands alerts to the sink. */
export class RulesEngine {
  private runners = new Map<string, GroupRunner>();
  private index = new PushIndex([]);
  private readonly shared: RunnerSurroundings;
  private readonly durable: DurableAlerts;
  private patterns: readonly string[];
  private watch: FileWatch | undefined;
  private unsubscribe: (() => void) | undefined;
  private busy: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: RulesEngineOptions) {
    const { engine, series, state, sink, clock, logger, telemetry, config, externalUrl } = options;
    this.durable = new DurableAlerts(state);
    this.patterns = this.absolute(config.files);
    this.shared = {
      engine,
      series,
      sink,
      durable: this.durable,
      clock,
      logger,
      metrics: new RuleMetrics(telemetry),
      config,
      externalUrl,
      externalLabels: { ...config.externalLabels, ...options.externalLabels },
      gate: createGate(config.concurrency),
    };
  }

  /**
   * Loads the rule files, takes over the alerts of the last run and begins to evaluate.
   * @throws InvalidRulesError
   */
  async start(): Promise<void> {
    const groups = this.load(this.patterns);
    const recalled = await this.durable.load();
    for (const group of groups) {
      const runner = new GroupRunner(group, this.shared);
      this.recall(runner, recalled);
      this.runners.set(runner.key, runner);
    }
    await this.resolveForgotten(recalled);
    this.reindex();
    for (const runner of this.runners.values()) runner.start();
    if (this.options.config.push) {
      this.unsubscribe = this.options.series.onAppend?.((touched) => this.onAppend(touched));
    }
    this.rewatch();
  }

  async stop(): Promise<void> {
    this.watch?.stop();
    this.unsubscribe?.();
    await this.busy.catch(() => undefined);
    await Promise.all([...this.runners.values()].map((runner) => runner.stop()));
  }

  /**
   * What a reload would do.
   * @throws InvalidRulesError
   */
  plan(files: readonly string[] = this.patterns): ReloadPlan {
    return planReload(this.runners, this.load(this.absolute(files)));
  }

  /**
   * Reads the rule files anew, or others; all or nothing. Unchanged groups go on, changed ones keep the alerts of rules
   * with the same name and labels.
   * @throws InvalidRulesError the rules are as before.
   */
  reload(files: readonly string[] = this.patterns): Promise<ReloadPlan> {
    const work = this.busy.catch(() => undefined).then(() => this.apply(this.absolute(files)));
    this.busy = work;
    return work;
  }

  /** All groups as they stand, in the order of the files. */
  groups(): GroupStatus[] {
    return [...this.runners.values()].map((runner) => {
      const status = runner.status();
      return { ...status, rules: status.rules.map((rule) => ({ ...rule, file: runner.group.file })) };
    });
  }

  /** All groups as they are written, in the order of the files. */
  definitions(): ActiveGroup[] {
    return [...this.runners.values()].map(({ group, schedule }) => ({ ...group, interval: schedule.interval }));
  }

  /** The text of an active rule file as it is on disk; undefined when it is none of them or cannot be read. */
  textOf(file: string): string | undefined {
    if (![...this.runners.values()].some(({ group }) => group.file === file)) return undefined;
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
  }

  /** All pending and firing alerts. */
  alerts(): AlertStatus[] {
    return this.groups().flatMap(({ rules }) => rules.flatMap((rule) => (rule.type === 'alerting' ? rule.alerts : [])));
  }

  /** Transitions in [start, end], newest first. */
  history(start: EpochMillis, end: EpochMillis, limit: number): Promise<Transition[]> {
    return this.durable.history(start, end, limit);
  }

  private load(patterns: readonly string[]): RuleGroup[] {
    const { files, problems, usable } = loadRuleFiles(patterns);
    if (!usable) throw new InvalidRulesError(problems.filter(({ severity }) => severity === 'error'));
    return files.flatMap(({ groups }) => groups);
  }

  private absolute(patterns: readonly string[]): string[] {
    const base = this.options.baseDir ?? process.cwd();
    return patterns.map((pattern) => (isAbsolute(pattern) ? pattern : join(base, pattern)));
  }

  private async apply(patterns: readonly string[]): Promise<ReloadPlan> {
    const groups = this.load(patterns);
    const plan = planReload(this.runners, groups);
    const next = new Map<string, GroupRunner>();
    const fresh: GroupRunner[] = [];
    const gone: ActiveAlert[] = [];
    for (const group of groups) {
      const key = `${group.file};${group.name}`;
      const old = this.runners.get(key);
      if (old !== undefined && definitionOf(old.group) === definitionOf(group)) {
        next.set(key, old);
        continue;
      }
      const runner = new GroupRunner(group, this.shared);
      next.set(key, runner);
      fresh.push(runner);
      if (old === undefined) continue;
      await old.stop();
      gone.push(...(await this.inherit(old, runner)));
    }
    for (const [key, old] of this.runners) {
      if (next.has(key)) continue;
      await old.stop();
      gone.push(...(await this.forget(old)));
    }
    this.runners = next;
    this.patterns = patterns;
    this.reindex();
    for (const runner of fresh) runner.start();
    await this.tellResolved(gone);
    this.rewatch();
    return plan;
  }

  /** Passes alerts and series on from rule to rule; the alerts of rules that are gone are returned. */
  private async inherit(old: GroupRunner, runner: GroupRunner): Promise<ActiveAlert[]> {
    const at = this.options.clock.now();
    const heirs = [...runner.evaluator.rules];
    const oldKeys = old.ruleKeys;
    const gone: ActiveAlert[] = [];
    for (const [index, rule] of old.evaluator.rules.entries()) {
      const found = heirs.findIndex(({ evaluator }) => isSameRule(evaluator.rule, rule.evaluator.rule));
      const heir = found < 0 ? undefined : heirs.splice(found, 1)[0];
      if (heir === undefined) {
        runner.evaluator.orphan(rule.previous.values());
        gone.push(...alertsOf(rule.evaluator));
        await this.durable.save(oldKeys[index] ?? '', [], at, 0);
        continue;
      }
      heir.previous = rule.previous;
      if (heir.evaluator instanceof AlertingEvaluator) heir.evaluator.adopt(alertsOf(rule.evaluator));
    }
    return gone;
  }

  /** Lets a removed group go: its series end after two intervals, unless another group has taken them over. */
  private async forget(old: GroupRunner): Promise<ActiveAlert[]> {
    const { clock, series, logger } = this.options;
    const at = clock.now();
    const keys = old.ruleKeys;
    for (const key of keys) await this.durable.save(key, [], at, 0);
    const orphans = old.evaluator.rules.flatMap(({ previous }) => [...previous.values()]);
    if (orphans.length > 0) {
      clock.schedule(2 * old.schedule.interval, () => {
        const alive = new Set<string>();
        for (const { evaluator } of this.runners.values()) {
          for (const { previous } of evaluator.rules) for (const key of previous.keys()) alive.add(key);
        }
        const stale = orphans.filter((labels) => !alive.has(labels.key));
        const t = clock.now() - old.queryOffset;
        void series
          .append(stale.map((labels) => ({ labels, t, value: NaN, stale: true })))
          .catch((error: unknown) =>
            logger.warn('series of a removed group were not ended', { error: messageOf(error) }),
          );
      });
    }
    return old.evaluator.rules.flatMap(({ evaluator }) => alertsOf(evaluator));
  }

  /** Gives a rule the alerts it had when the process ended. */
  private recall(runner: GroupRunner, recalled: Map<string, RecalledAlert[]>): void {
    const { clock, config } = this.options;
    const now = clock.now();
    runner.ruleKeys.forEach((key, index) => {
      const alerts = recalled.get(key);
      const evaluator = runner.evaluator.rules[index]?.evaluator;
      if (alerts === undefined || !(evaluator instanceof AlertingEvaluator)) return;
      recalled.delete(key);
      const short = Math.max(SHORT_OUTAGE, 2 * runner.schedule.interval);
      evaluator.adopt(
        alerts.flatMap(({ alert, seenAt }) => {
          if (alert.state !== 'pending') return [alert];
          const outage = now - seenAt;
          if (outage > config.outageTolerance) return [];
          return [outage > short ? { ...alert, activeAt: alert.activeAt + outage } : alert];
        }),
      );
    });
  }

  /** Alerts of rules that vanished while the process was down. */
  private async resolveForgotten(recalled: ReadonlyMap<string, RecalledAlert[]>): Promise<void> {
    const gone = [...recalled.values()].flat().map(({ alert }) => alert);
    if (recalled.size === 0) return;
    await this.tellResolved(gone);
    for (const key of recalled.keys()) await this.durable.save(key, [], this.options.clock.now(), 0);
  }

  /** Whoever was told that an alert fires is told that it ended with its rule. */
  private async tellResolved(alerts: readonly ActiveAlert[]): Promise<void> {
    const { clock, sink, logger } = this.options;
    const now = clock.now();
    const told = alerts.filter(({ state, lastSentAt }) => state === 'firing' && lastSentAt !== undefined);
    if (told.length === 0) return;
    try {
      await sink.accept(
        told.map(({ labels, annotations, firedAt, activeAt, details }) => ({
          labels: this.withExternal(labels),
          annotations,
          startsAt: firedAt ?? activeAt,
          endsAt: now,
          generatorUrl: this.options.externalUrl,
          details,
        })),
      );
    } catch (error) {
      // They end by themselves at the instant until which they were vouched for.
      logger.warn('the end of removed alerts was not taken', { error: messageOf(error) });
    }
  }

  private withExternal(labels: Labels): Labels {
    const missing = Object.entries(this.shared.externalLabels).filter(([name]) => !labels.has(name));
    return missing.length === 0 ? labels : labels.with(Object.fromEntries(missing));
  }

  private reindex(): void {
    this.index = new PushIndex(this.runners.values());
  }

  private rewatch(): void {
    this.watch?.stop();
    if (!this.options.config.watch) return;
    const { clock, logger } = this.options;
    this.watch = new FileWatch(clock, this.patterns, () => {
      this.reload().then(
        ({ added, changed, removed }) =>
          logger.info('rules reloaded', { added: added.length, changed: changed.length, removed: removed.length }),
        (error: unknown) =>
          logger.error('rules were not reloaded; the old ones stay active', { error: messageOf(error) }),
      );
    });
    this.watch.start();
  }

  private onAppend(touched: readonly Labels[]): void {
    for (const runner of this.index.touchedBy(touched)) runner.requestPush();
  }
}

function alertsOf(evaluator: GroupRunner['evaluator']['rules'][number]['evaluator']): readonly ActiveAlert[] {
  return evaluator instanceof AlertingEvaluator ? evaluator.alerts : [];
}
