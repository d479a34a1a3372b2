import type { PeriodFacts } from '../facts';
import { cellText, durationText } from '../render/format';
import type { Recommendation } from '../report';
import { changeOf, sumKnown } from './group';
import { flapsOf } from './alerts';

/** The gist of a report, a sentence each: what was done, what it cost, what was slow, what to do. */
export function highlightsOf(
  facts: PeriodFacts,
  before: PeriodFacts | undefined,
  recommendations: readonly Recommendation[],
): string[] {
  return [
    ...calls(facts, before),
    ...time(facts, before),
    ...alerts(facts),
    ...advice(recommendations),
    ...(facts.gaps.length > 0 ? ['Some of it is read from a part of the data; the report says which.'] : []),
  ];
}

function calls({ calls: now }: PeriodFacts, before: PeriodFacts | undefined): string[] {
  if (now.length === 0) return ['No model call was recorded.'];
  const then = before?.calls;
  const failed = now.filter(({ outcome }) => outcome === 'error').length;
  const usd = sumKnown(now, ({ cost }) => cost?.usd);
  const usdBefore = then === undefined ? undefined : sumKnown(then, ({ cost }) => cost?.usd);
  const cost = usd === undefined ? 'at an unknown price' : `for ${cellText(usd, 'usd')} by list price`;
  return [
    `${cellText(now.length, 'count')} model calls${change(now.length, then?.length)} ${cost}${change(usd, usdBefore)}, ${cellText(failed / now.length, 'ratio')} failed.`,
  ];
}

function time({ operations }: PeriodFacts, before: PeriodFacts | undefined): string[] {
  const totals = (all: PeriodFacts['operations']): ReadonlyMap<string, { ms: number; calls: number }> => {
    const stages = new Map<string, { ms: number; calls: number }>();
    for (const { stage, totalMs, calls: count } of all) {
      const known = stages.get(stage) ?? { ms: 0, calls: 0 };
      if (stage !== '') stages.set(stage, { ms: known.ms + totalMs, calls: known.calls + count });
    }
    return stages;
  };
  const now = totals(operations);
  const all = [...now.values()].reduce((sum, { ms }) => sum + ms, 0);
  const [most] = [...now].sort((a, b) => b[1].ms - a[1].ms);
  if (most === undefined || all === 0) return [];
  const [stage, { ms, calls: count }] = most;
  const then = totals(before?.operations ?? []).get(stage);
  const mean = ms / Math.max(1, count);
  return [
    `${cellText(ms / all, 'ratio')} of the time in stages went into ${stage}, ${durationText(mean)} a call${change(mean, then === undefined ? undefined : then.ms / Math.max(1, then.calls))}.`,
  ];
}

function alerts({ alerts: all }: PeriodFacts): string[] {
  const fired = all.filter(({ episodes }) => episodes.length > 0);
  if (fired.length === 0) return [];
  const times = fired.reduce((sum, { episodes }) => sum + episodes.length, 0);
  const flapping = fired.filter((alert) => flapsOf(alert) >= 3).map(({ name }) => name);
  return [
    `${count(fired.length, 'alert')} fired ${times === 1 ? 'once' : `${times} times`}${flapping.length === 0 ? '' : `; ${flapping.slice(0, 3).join(', ')} came and went`}.`,
  ];
}

function advice(recommendations: readonly Recommendation[]): string[] {
  if (recommendations.length === 0) return ['Nothing worth changing was found.'];
  const usd = sumKnown(recommendations, ({ savingUsd }) => savingUsd);
  const ms = sumKnown(recommendations, ({ savingMs }) => savingMs);
  const savings = [
    ...(usd === undefined ? [] : [cellText(usd, 'usd')]),
    ...(ms === undefined ? [] : [`${durationText(ms)} of waiting`]),
  ];
  return [
    `${count(recommendations.length, 'thing')} to change${savings.length === 0 ? '' : `, which would have spared up to ${savings.join(' and ')}`}:`,
    ...recommendations.slice(0, 5).map(({ title, stage, savingUsd, savingMs }, index) => {
      const spared = [
        ...(savingUsd === undefined ? [] : [cellText(savingUsd, 'usd')]),
        ...(savingMs === undefined ? [] : [durationText(savingMs)]),
      ];
      return `${index + 1}. ${title} (${[stage, ...spared].join(', ')})`;
    }),
    ...(recommendations.length > 5 ? [`and ${recommendations.length - 5} more`] : []),
  ];
}

function change(now: number | undefined, before: number | undefined): string {
  const share = changeOf(now, before);
  return share === null ? '' : ` (${cellText(share, 'change')})`;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
