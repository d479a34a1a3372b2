import type { BacktestBody } from '../../contracts/backtest';
import { getJson } from './http';
import type { LabelSet } from './prometheus';

/** An alert of a rule. Instants in epoch milliseconds. */
export interface RuleAlert {
  readonly labels: LabelSet;
  readonly annotations: LabelSet;
  readonly state: 'pending' | 'firing' | 'inactive';
  readonly activeAt: number;
  readonly value: number;
}

/** A rule as it stands. Spans of time in milliseconds. */
export interface Rule {
  readonly name: string;
  readonly query: string;
  readonly type: 'alerting' | 'recording';
  readonly health: string;
  readonly lastError?: string;
  readonly evaluationTime: number;
  /** Of the rule's entry in its file, 1-based. */
  readonly line: number;
  /** How it decides; absent for plain PromQL. */
  readonly kind?: string;
  /** The rule in plain words. */
  readonly explanation?: string;
  /** As it is written: `5%`. */
  readonly threshold?: string;
  /** PromQL of what is compared with the threshold. */
  readonly measured?: string;
  readonly labels: LabelSet;
  readonly annotations?: LabelSet;
  readonly state?: 'pending' | 'firing' | 'inactive' | 'unknown';
  readonly holdFor?: number;
  readonly keepFiringFor?: number;
  readonly alerts?: readonly RuleAlert[];
}

export interface RuleGroup {
  readonly name: string;
  readonly file: string;
  readonly interval: number;
  readonly rules: readonly Rule[];
}

type Labels = LabelSet | { readonly flat: readonly string[] };

/** All groups of rules with what they have found. */
export async function ruleGroups(signal?: AbortSignal): Promise<RuleGroup[]> {
  const { groups } = await getJson<{ groups: RuleGroup[] }>('/api/stack/rules', signal);
  return groups.map((group) => ({
    ...group,
    rules: group.rules.map((rule) => ({
      ...rule,
      ...(rule.alerts === undefined
        ? {}
        : { alerts: rule.alerts.map((alert) => ({ ...alert, labels: plainLabels(alert.labels) })) }),
    })),
  }));
}

/** Which rule: names alone may repeat. */
export interface RuleAddress {
  readonly group: string;
  readonly rule: string;
  readonly file: string;
  readonly line: number;
}

/** The rule's lines as they are on disk. */
export function ruleSource(
  { group, rule, file, line }: RuleAddress,
  signal?: AbortSignal,
): Promise<{ readonly file: string; readonly line: number; readonly text: string }> {
  const parameters = new URLSearchParams({ file, line: String(line) });
  return getJson(`${rulePath(group, rule)}/source?${parameters}`, signal);
}

/** What a replay varies; absent: as the rule stands. */
export interface BacktestOptions {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly threshold?: number;
  readonly holdFor?: string;
  readonly sweep?: boolean;
}

/** When the rule would have fired. */
export function backtest(
  { group, rule, file }: RuleAddress,
  { from, to, threshold, holdFor, sweep }: BacktestOptions,
  signal?: AbortSignal,
): Promise<BacktestBody> {
  const parameters = new URLSearchParams({ from: String(Math.round(from)), to: String(Math.round(to)), file });
  if (threshold !== undefined) parameters.set('threshold', String(threshold));
  if (holdFor !== undefined && holdFor !== '') parameters.set('for', holdFor);
  if (sweep === true) parameters.set('sweep', '1');
  return getJson(`${rulePath(group, rule)}/backtest?${parameters}`, signal);
}

function rulePath(group: string, rule: string): string {
  return `/api/stack/rules/${encodeURIComponent(group)}/${encodeURIComponent(rule)}`;
}

/** A label set may come as a list of names and values in turn. */
function plainLabels(labels: Labels): LabelSet {
  if (!('flat' in labels) || !Array.isArray(labels.flat)) return labels as LabelSet;
  const flat: readonly string[] = labels.flat;
  const plain: Record<string, string> = {};
  for (let i = 0; i + 1 < flat.length; i += 2) plain[flat[i] ?? ''] = flat[i + 1] ?? '';
  return plain;
}
