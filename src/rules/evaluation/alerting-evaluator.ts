import type { EpochMillis, Millis } from '../../base/clock';
import { nextTurn } from '../../base/turn';
import { ALERT_NAME } from '../../domain/alert';
import type { AlertDetails } from '../../domain/alert';
import type { Labels } from '../../domain/labels';
import { METRIC_NAME } from '../../domain/labels';
import type { VectorSample } from '../../promql';
import type { IncomingSample } from '../../storage';
import type { AlertTemplateData, TemplateQuery } from '../../template';
import { RuleEvaluationError } from '../errors';
import type { AlertingRule, TemplatedText } from '../file/rule-file';
import type { AlertState } from '../status';
import { next } from './alert-state';
import type { AlertCell } from './alert-state';
import { TemplateHistogram, queryVector, toTemplateSamples, withoutName } from './rule-query';
import type { RuleQueryEngine } from './rule-query';

/** One alert instance of a rule. */
export interface ActiveAlert extends AlertCell {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: number;
  readonly details: AlertDetails;
}

/** A change of state that an evaluation brought. */
export interface AlertTransition {
  readonly labels: Labels;
  readonly from: AlertState;
  readonly to: AlertState;
  readonly value: number;
  readonly activeAt: EpochMillis;
}

/** What an evaluator gets from outside. */
export interface EvaluationSurroundings {
  readonly engine: RuleQueryEngine;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
  readonly resolvedRetention: Millis;
  /** How long one query may take. */
  readonly timeout?: Millis;
}

/** When and how one evaluation happens. */
export interface EvaluationRequest {
  readonly at: EpochMillis;
  /** Queries look this far into the past, and results are written there. */
  readonly queryOffset: Millis;
  /** Most alerts or series; 0 is without limit. */
  readonly limit: number;
}

/** So many alerts have their texts filled in before other work gets its turn. */
const PER_TURN = 100;

/** Evaluates one alerting rule and remembers its alerts. */
export class AlertingEvaluator {
  private cells = new Map<string, ActiveAlert>();
  /** By the label set of a result; engines give the same object for the same series. */
  private readonly final = new WeakMap<Labels, Labels>();
  /** Labels of the series that an alert is written as. */
  private readonly written = new WeakMap<Labels, Record<'pending' | 'firing' | 'forState', Labels>>();
  /** Whether the series ALERTS are written: not before remembered alerts have been taken over. */
  restored = true;

  constructor(
    readonly rule: AlertingRule,
    private readonly surroundings: EvaluationSurroundings,
  ) {}

  /** All remembered alerts, resolved ones included. */
  get alerts(): readonly ActiveAlert[] {
    return [...this.cells.values()];
  }

  /** The gravest state of its alerts. */
  get state(): AlertState {
    let state: AlertState = 'inactive';
    for (const cell of this.cells.values()) {
      if (cell.state === 'firing') return 'firing';
      if (cell.state === 'pending') state = 'pending';
    }
    return state;
  }

  /** Takes alerts over, from a store or from the rule this one replaces. */
  adopt(alerts: Iterable<ActiveAlert>): void {
    for (const alert of alerts) this.cells.set(alert.labels.key, alert);
  }

  /** Notes that an alert was handed over, or what has been found out about it. */
  update(alert: ActiveAlert, changes: Partial<Pick<ActiveAlert, 'lastSentAt' | 'details'>>): void {
    const current = this.cells.get(alert.labels.key);
    if (current !== undefined) this.cells.set(alert.labels.key, { ...current, ...changes });
  }

  /**
   * One evaluation: the series to write and what changed.
   * @throws RuleEvaluationError and what the engine throws; the alerts are as before then, except that too many of them
   * are all dropped.
   */
  async evaluate(request: EvaluationRequest): Promise<{ samples: IncomingSample[]; transitions: AlertTransition[] }> {
    const { at, queryOffset, limit } = request;
    const { engine, timeout } = this.surroundings;
    const result = await queryVector(engine, this.rule.ast, at - queryOffset, timeout);
    const seen = await this.labelled(result, at);
    const transitions: AlertTransition[] = [];
    const cells = new Map<string, ActiveAlert>();
    for (const [key, found] of seen) {
      const previous = this.cells.get(key);
      const cell = next(previous, true, at, this.timing);
      if (cell !== undefined) cells.set(key, this.noted(previous, { ...cell, ...found }, transitions));
    }
    for (const [key, previous] of this.cells) {
      if (seen.has(key)) continue;
      const cell = next(previous, false, at, this.timing);
      const { labels, annotations, value, details } = previous;
      if (cell !== undefined) {
        cells.set(key, this.noted(previous, { ...cell, labels, annotations, value, details }, transitions));
      } else if (previous.state !== 'inactive') {
        transitions.push({ labels, from: previous.state, to: 'inactive', value, activeAt: previous.activeAt });
      }
    }
    const active = [...cells.values()].filter(({ state }) => state !== 'inactive');
    if (limit > 0 && active.length > limit) {
      this.cells = new Map();
      throw new RuleEvaluationError(`exceeded limit of ${limit} with ${active.length} alerts`);
    }
    this.cells = cells;
    return { samples: this.restored ? this.series(active, at - queryOffset) : [], transitions };
  }

  private get timing(): { holdFor: Millis; keepFiringFor: Millis; resolvedRetention: Millis } {
    const { holdFor, keepFiringFor } = this.rule;
    return { holdFor, keepFiringFor, resolvedRetention: this.surroundings.resolvedRetention };
  }

  private noted(previous: ActiveAlert | undefined, alert: ActiveAlert, transitions: AlertTransition[]): ActiveAlert {
    const from = previous?.state ?? 'inactive';
    if (from === alert.state) {
      return { ...alert, details: { ...(previous?.details ?? alert.details), value: alert.value } };
    }
    const { labels, value, activeAt, state } = alert;
    // An alert that fires at once was pending for no time: both steps are told.
    if (from === 'inactive' && state === 'firing') transitions.push({ labels, from, to: 'pending', value, activeAt });
    transitions.push({
      labels,
      from: from === 'inactive' && state === 'firing' ? 'pending' : from,
      to: state,
      value,
      activeAt,
    });
    const details: AlertDetails = { ...(from === 'inactive' ? {} : previous?.details), value };
    if (state === 'firing') return { ...alert, details: { ...details, valueAtFire: value } };
    if (state === 'inactive') return { ...alert, details: { ...details, valueAtResolve: value } };
    return { ...alert, details };
  }

  /** The results by their final labels, annotations filled in. */
  private async labelled(
    result: readonly VectorSample[],
    at: EpochMillis,
  ): Promise<Map<string, Pick<ActiveAlert, 'labels' | 'annotations' | 'value' | 'details'>>> {
    const seen = new Map<string, Pick<ActiveAlert, 'labels' | 'annotations' | 'value' | 'details'>>();
    const { annotations } = this.rule;
    for (const [index, sample] of result.entries()) {
      if (index % PER_TURN === PER_TURN - 1) await nextTurn();
      const data = this.dataOf(sample, at);
      const labels = await this.finalLabels(sample.labels, data);
      if (seen.has(labels.key)) {
        throw new RuleEvaluationError('vector contains metrics with the same labelset after applying alert labels');
      }
      seen.set(labels.key, {
        labels,
        annotations: await this.expand(annotations, data),
        value: sample.value,
        details: {},
      });
    }
    return seen;
  }

  /** A result's labels as its alert has them. Where no label is a template, equal ones are computed once. */
  private async finalLabels(labels: Labels, data: AlertTemplateData): Promise<Labels> {
    const known = this.final.get(labels);
    if (known !== undefined) return known;
    const { name, labelTemplates } = this.rule;
    const own = await this.expand(labelTemplates, data);
    const final = withoutName(labels).with({ ...own, [ALERT_NAME]: name });
    if (labelTemplates.every(({ template }) => template.isPlain)) this.final.set(labels, final);
    return final;
  }

  private dataOf(sample: VectorSample, at: EpochMillis): AlertTemplateData {
    const { externalLabels, externalUrl } = this.surroundings;
    const { kind } = this.rule;
    return {
      labels: sample.labels.toRecord(),
      externalLabels,
      externalUrl,
      value: sample.histogram === undefined ? sample.value : new TemplateHistogram(sample.histogram),
      at,
      extra: { Threshold: kind?.threshold ?? '', Expr: this.rule.expr },
    };
  }

  private async expand(texts: readonly TemplatedText[], data: AlertTemplateData): Promise<Record<string, string>> {
    const expanded: Record<string, string> = {};
    for (const { name, template } of texts) {
      expanded[name] = template.isPlain ? template.text : await template.expand(data, this.query);
    }
    return expanded;
  }

  private readonly query: TemplateQuery = async (expr, at) => {
    const { engine, timeout } = this.surroundings;
    return toTemplateSamples(await queryVector(engine, expr, at, timeout));
  };

  private series(active: readonly ActiveAlert[], t: EpochMillis): IncomingSample[] {
    return active.flatMap(({ labels, state, activeAt }) => {
      const own = this.writtenAs(labels);
      return [
        { labels: state === 'firing' ? own.firing : own.pending, t, value: 1 },
        { labels: own.forState, t, value: Math.floor(activeAt / 1000) },
      ];
    });
  }

  private writtenAs(labels: Labels): Record<'pending' | 'firing' | 'forState', Labels> {
    let own = this.written.get(labels);
    if (own === undefined) {
      own = {
        pending: labels.with({ [METRIC_NAME]: 'ALERTS', alertstate: 'pending' }),
        firing: labels.with({ [METRIC_NAME]: 'ALERTS', alertstate: 'firing' }),
        forState: labels.with({ [METRIC_NAME]: 'ALERTS_FOR_STATE' }),
      };
      this.written.set(labels, own);
    }
    return own;
  }
}
