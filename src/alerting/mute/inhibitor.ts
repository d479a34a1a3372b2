import type { EpochMillis } from '../../base/clock';
import type { Labels } from '../../domain/labels';
import { matchesAll } from '../../domain/matcher';
import type { Matcher } from '../../domain/matcher';
import { MatcherIndex } from './matcher-index';

/** While an alert passes `source`, those that pass `target` and agree with it in `equal` are muted. */
export interface InhibitRule {
  readonly name: string;
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  /** Sorted; a label that is missing counts as empty. */
  readonly equal: readonly string[];
}

/** What the inhibitor needs of an alert. */
export interface InhibitingAlert {
  readonly labels: Labels;
  readonly endsAt: EpochMillis;
}

/** What mutes an alert. */
export interface Inhibition {
  readonly rule: string;
  /** Fingerprint of the alert that mutes. */
  readonly by: string;
}

interface Source {
  readonly alert: InhibitingAlert;
  /** It is a target of the same rule too. */
  readonly twoSided: boolean;
}

interface RuleState {
  readonly rule: InhibitRule;
  readonly matchers: readonly Matcher[];
  /** Sources by the values of the equal labels, then by fingerprint. */
  readonly sources: Map<string, Map<string, Source>>;
}

/**
 * Which alerts mute which. Unlike Alertmanager's index since 0.30, which keeps one source per set of equal values, every
 * source is kept: a two-sided source never hides a valid one.
 */
export class Inhibitor {
  private readonly bySource: MatcherIndex<RuleState>;
  private readonly byTarget: MatcherIndex<RuleState>;
  /** Under which values an alert is filed, to find it again. */
  private readonly filed = new Map<string, RuleState[]>();

  constructor(rules: readonly InhibitRule[]) {
    const states = rules.map((rule) => ({ rule, sources: new Map<string, Map<string, Source>>() }));
    this.bySource = new MatcherIndex(states.map((state) => ({ ...state, matchers: state.rule.source })));
    this.byTarget = new MatcherIndex(states.map((state) => ({ ...state, matchers: state.rule.target })));
  }

  /** Takes note of an alert that fires or of its new end. */
  update(alert: InhibitingAlert): void {
    const { fingerprint } = alert.labels;
    let states = this.filed.get(fingerprint);
    if (states === undefined) {
      states = this.bySource.find(alert.labels);
      if (states.length === 0) return;
      this.filed.set(fingerprint, states);
    }
    for (const state of states) {
      const key = equalKey(state.rule, alert.labels);
      let sources = state.sources.get(key);
      if (sources === undefined) state.sources.set(key, (sources = new Map()));
      sources.set(fingerprint, { alert, twoSided: matchesAll(state.rule.target, alert.labels) });
    }
  }

  /** The alert is gone. */
  remove(labels: Labels): void {
    const { fingerprint } = labels;
    for (const state of this.filed.get(fingerprint) ?? []) {
      const key = equalKey(state.rule, labels);
      const sources = state.sources.get(key);
      sources?.delete(fingerprint);
      if (sources?.size === 0) state.sources.delete(key);
    }
    this.filed.delete(fingerprint);
  }

  /** The first rule and source that mute these labels at `at`; undefined where none does. */
  find(labels: Labels, at: EpochMillis): Inhibition | undefined {
    const { fingerprint } = labels;
    for (const { rule, sources } of this.byTarget.find(labels)) {
      const candidates = sources.get(equalKey(rule, labels));
      if (candidates === undefined) continue;
      let alsoSource: boolean | undefined;
      for (const { alert, twoSided } of candidates.values()) {
        if (alert.endsAt <= at || alert.labels.fingerprint === fingerprint) continue;
        // Alerts that match both sides do not mute each other.
        if (twoSided && (alsoSource ??= matchesAll(rule.source, labels))) continue;
        return { rule: rule.name, by: alert.labels.fingerprint };
      }
    }
    return undefined;
  }
}

function equalKey(rule: InhibitRule, labels: Labels): string {
  let key = '';
  for (const name of rule.equal) key += `${labels.get(name)}\u{ff}`;
  return key;
}
