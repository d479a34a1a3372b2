import type { Clock, EpochMillis, Millis } from '../../base/clock';
import { messageOf } from '../../base/errors';
import type { Labels } from '../../domain/labels';
import type { AppendOutcome, IncomingSample, RefusalReason } from '../../storage';
import type { Rule, RuleGroup } from '../file/rule-file';
import type { RuleHealth } from '../status';
import { AlertingEvaluator } from './alerting-evaluator';
import type { AlertTransition, EvaluationSurroundings } from './alerting-evaluator';
import { RecordingEvaluator } from './recording-evaluator';
import { SharedQueries } from './shared-queries';

/** What a group's evaluation needs. */
export interface GroupSurroundings extends EvaluationSurroundings {
  readonly clock: Pick<Clock, 'elapsed'>;
  append(samples: readonly IncomingSample[]): Promise<AppendOutcome>;
  /** Called when samples of a rule were refused. */
  onRefused?(rule: Rule, refused: Readonly<Partial<Record<RefusalReason, number>>>): void;
}

/** A rule with what its evaluations left behind. */
export interface EvaluatedRule {
  readonly evaluator: AlertingEvaluator | RecordingEvaluator;
  health: RuleHealth;
  lastError: string | undefined;
  evaluationTime: Millis;
  lastEvaluation: EpochMillis | undefined;
  /** Series of the previous successful evaluation: those that vanish are marked stale. */
  previous: ReadonlyMap<string, Labels>;
}

/** What became of one rule in one evaluation. */
export interface RuleOutcome {
  readonly rule: EvaluatedRule;
  readonly transitions: readonly AlertTransition[];
  readonly error: string | undefined;
}

/** Evaluates the rules of a group in order; what one writes the next can read. */
export class GroupEvaluator {
  readonly rules: readonly EvaluatedRule[];
  /** Series of rules that a reload removed; marked stale at the next evaluation. */
  private orphans: Labels[] = [];
  private readonly queries: SharedQueries;

  constructor(
    readonly group: RuleGroup,
    private readonly surroundings: GroupSurroundings,
  ) {
    this.queries = new SharedQueries(
      surroundings.engine,
      group.rules.map(({ ast }) => ast),
    );
    const own = { ...surroundings, engine: this.queries };
    this.rules = group.rules.map((rule) => ({
      evaluator: rule.type === 'alerting' ? new AlertingEvaluator(rule, own) : new RecordingEvaluator(rule, own),
      health: 'unknown',
      lastError: undefined,
      evaluationTime: 0,
      lastEvaluation: undefined,
      previous: new Map(),
    }));
  }

  /** Takes series over whose rule is gone. */
  orphan(series: Iterable<Labels>): void {
    this.orphans.push(...series);
  }

  /** To be called before rules are evaluated: nothing computed earlier is used. */
  begin(): void {
    this.queries.forget();
  }

  /** Evaluates every rule at `at`; never rejects for a rule's own fault. `stopped` is asked between rules. */
  async evaluate(
    at: EpochMillis,
    queryOffset: Millis,
    stopped: () => boolean = () => false,
    done: (outcome: RuleOutcome) => Promise<void> = () => Promise.resolve(),
  ): Promise<RuleOutcome[]> {
    const outcomes: RuleOutcome[] = [];
    this.begin();
    for (const rule of this.rules) {
      if (stopped()) break;
      const outcome = await this.one(rule, at, queryOffset);
      outcomes.push(outcome);
      await done(outcome);
    }
    this.begin();
    if (this.orphans.length > 0) {
      const written = new Set(this.rules.flatMap(({ previous }) => [...previous.keys()]));
      const stale = this.orphans.filter((labels) => !written.has(labels.key));
      this.orphans = [];
      if (stale.length > 0) await this.surroundings.append(stale.map((labels) => staleAt(labels, at - queryOffset)));
    }
    return outcomes;
  }

  private async one(rule: EvaluatedRule, at: EpochMillis, queryOffset: Millis): Promise<RuleOutcome> {
    const { clock } = this.surroundings;
    const began = clock.elapsed();
    const request = { at, queryOffset, limit: this.group.limit };
    rule.lastEvaluation = at;
    let transitions: readonly AlertTransition[] = [];
    try {
      const { evaluator } = rule;
      let samples: readonly IncomingSample[];
      if (evaluator instanceof AlertingEvaluator) ({ samples, transitions } = await evaluator.evaluate(request));
      else samples = await evaluator.evaluate(request);
      await this.write(rule, samples, at - queryOffset);
      rule.health = 'ok';
      rule.lastError = undefined;
    } catch (error) {
      rule.health = 'err';
      rule.lastError = messageOf(error);
    }
    rule.evaluationTime = clock.elapsed() - began;
    return { rule, transitions, error: rule.lastError };
  }

  private async write(rule: EvaluatedRule, samples: readonly IncomingSample[], t: EpochMillis): Promise<void> {
    const current = new Map(samples.map(({ labels }) => [labels.key, labels]));
    const vanished = [...rule.previous].filter(([key]) => !current.has(key)).map(([, labels]) => staleAt(labels, t));
    rule.previous = current;
    if (samples.length + vanished.length === 0) return;
    const outcome = await this.surroundings.append([...samples, ...vanished]);
    this.queries.wrote([...samples, ...vanished].map(({ labels }) => labels));
    if (Object.keys(outcome.refused).length > 0) {
      this.surroundings.onRefused?.(rule.evaluator.rule, outcome.refused);
    }
  }
}

function staleAt(labels: Labels, t: EpochMillis): IncomingSample {
  return { labels, t, value: NaN, stale: true };
}
