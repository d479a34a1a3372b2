import { METRIC_NAME } from '../../domain/labels';
import type { Labels } from '../../domain/labels';
import { matchesAll } from '../../domain/matcher';
import type { Matcher } from '../../domain/matcher';
import { selectorsOf } from '../../promql';
import type { GroupRunner } from './group-runner';

interface Interest {
  readonly matchers: readonly Matcher[];
  readonly runner: GroupRunner;
}

/** Knows which groups read which series. */
export class PushIndex {
  private readonly byName = new Map<string, Interest[]>();
  private readonly nameless: Interest[] = [];

  constructor(runners: Iterable<GroupRunner>) {
    for (const runner of runners) {
      for (const rule of runner.group.rules) {
        if (rule.type !== 'alerting' || rule.holdFor > 0 || rule.keepFiringFor > 0) continue;
        for (const { matchers } of selectorsOf(rule.ast)) this.add({ matchers, runner });
      }
    }
  }

  /** The groups that read any of the series. */
  touchedBy(series: readonly Labels[]): Set<GroupRunner> {
    const touched = new Set<GroupRunner>();
    if (this.byName.size + this.nameless.length === 0) return touched;
    for (const labels of series) {
      for (const interests of [this.byName.get(labels.metricName) ?? [], this.nameless]) {
        for (const { matchers, runner } of interests) {
          if (!touched.has(runner) && matchesAll(matchers, labels)) touched.add(runner);
        }
      }
    }
    return touched;
  }

  private add(interest: Interest): void {
    const name = interest.matchers.find((matcher) => matcher.name === METRIC_NAME && matcher.operator === '=')?.value;
    if (name === undefined) {
      this.nameless.push(interest);
      return;
    }
    const known = this.byName.get(name);
    if (known === undefined) this.byName.set(name, [interest]);
    else known.push(interest);
  }
}
