import { STAGES } from '../../domain/stage';
import { compareSamples } from '../statistics/compare-samples';
import type { Difference } from '../statistics/compare-samples';
import { falseDiscovery } from '../statistics/false-discovery';
import { mean, quantileOf, sorted } from '../statistics/order';
import type { MeasuredGroup, MeasuredSide, Measurement } from './measurements';

/** What counts as a difference. */
export interface CompareSettings {
  /** The share of false verdicts among those given. */
  readonly alpha: number;
  /** Smaller relative changes are no matter, however sure. */
  readonly minEffect: number;
}

export const DEFAULT_SETTINGS: CompareSettings = { alpha: 0.01, minEffect: 0.03 };

/** How one thing came out. `unclear`: too few measurements to see even a change of a tenth. */
export const OUTCOMES = ['regression', 'improvement', 'same', 'unclear'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** One side in figures. */
export interface SideFigures {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
}

/** One measure of one operation, compared. */
export interface Finding {
  readonly name: string;
  readonly measure: string;
  readonly stage: string;
  readonly baseline: SideFigures;
  readonly candidate: SideFigures;
  /** Relative; for failures the difference of shares. */
  readonly effect: number;
  readonly low: number;
  readonly high: number;
  /** Adjusted for the number of comparisons. */
  readonly p: number;
  /** The smallest effect that would have been seen nine times of ten. */
  readonly detectable: number;
  readonly trend: boolean;
  readonly outcome: Outcome;
  /** Traces that show each side. */
  readonly traces: { readonly baseline: readonly string[]; readonly candidate: readonly string[] };
}

/** A comparison with its verdict. */
export interface Comparison {
  readonly baseline: string;
  readonly candidate: string;
  readonly verdict: Outcome;
  /** The stage that most of the time lost was lost in; null where none was, or none is known. */
  readonly stage: string | null;
  /** Regressions first, the greatest first. */
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

/** The effect that a comparison must be able to see to say that nothing changed. */
const FAIR_EFFECT = 0.1;

/** Compares everything that both sides measured. */
export function compareSides(
  baseline: MeasuredSide,
  candidate: MeasuredSide,
  settings: CompareSettings = DEFAULT_SETTINGS,
): Comparison {
  const notes = [...baseline.gaps, ...candidate.gaps];
  const shared = baseline.keys().filter((key) => candidate.get(key) !== undefined);
  const tested: { finding: Omit<Finding, 'p' | 'outcome'>; difference: Difference }[] = [];
  let few = 0;
  for (const key of shared) {
    const [before, after] = [baseline.get(key), candidate.get(key)];
    if (before === undefined || after === undefined) continue;
    const made = test(before, after, settings);
    if (made === undefined) few++;
    else tested.push(...made);
  }
  if (few > 0) notes.push(`${few} of ${shared.length} measures have fewer than 20 values on a side and are left out.`);
  if (shared.length === 0) notes.push('The two sides have no operation in common.');
  const adjusted = falseDiscovery(tested.map(({ difference }) => difference.p));
  const findings = tested.map(({ finding }, index): Finding => {
    const p = adjusted[index] ?? 1;
    return { ...finding, p, outcome: outcomeOf(finding, p, settings) };
  });
  findings.sort((a, b) => rank(a) - rank(b) || Math.abs(b.effect) - Math.abs(a.effect));
  const has = (outcome: Outcome): boolean => findings.some((finding) => finding.outcome === outcome);
  return {
    baseline: baseline.name,
    candidate: candidate.name,
    verdict: has('regression') ? 'regression' : has('improvement') ? 'improvement' : has('same') ? 'same' : 'unclear',
    stage: stageOf(findings),
    findings,
    notes,
  };
}

function test(before: MeasuredGroup, after: MeasuredGroup, { alpha }: CompareSettings) {
  const share = before.measure === 'failures';
  const consecutive = (before.points.at(-1)?.t ?? 0) <= (after.points[0]?.t ?? 0);
  const difference = compareSamples(before.points, after.points, {
    scale: share ? 'difference' : 'ratio',
    alpha,
    consecutive,
  });
  const [left, right] = [figures(before), figures(after)];
  const base = { name: after.name, stage: after.stage || before.stage, baseline: left, candidate: right };
  if (difference === undefined) {
    // Where nothing ever failed there is nothing to compare, and no reason to say so.
    return share && before.points.length >= 20 && after.points.length >= 20 ? [] : undefined;
  }
  const made = [
    {
      difference,
      finding: {
        ...base,
        measure: before.measure,
        ...rest(difference),
        traces: share ? failures(before, after) : exemplars(before, after),
      },
    },
  ];
  if (share || before.measure === 'cost') return made;
  const tail = tailOf(before, after, alpha, consecutive);
  if (tail !== undefined)
    made.push({
      difference: tail,
      finding: {
        ...base,
        measure: `${before.measure}, 95th percentile`,
        ...rest(tail),
        traces: exemplars(before, after),
      },
    });
  return made;
}

function rest({ effect, low, high, detectable, trend }: Difference) {
  return { effect, low, high, detectable, trend };
}

/** Whether more values than before lie beyond the 95th percentile of all; told as the change of that percentile. */
function tailOf(
  before: MeasuredGroup,
  after: MeasuredGroup,
  alpha: number,
  consecutive: boolean,
): Difference | undefined {
  if (before.points.length < 200 || after.points.length < 200) return undefined;
  const bar = quantileOf(sorted([...before.points, ...after.points].map(({ value }) => value)), 0.95);
  const beyond = (points: readonly Measurement[]) => points.map(({ t, value }) => ({ t, value: value > bar ? 1 : 0 }));
  const difference = compareSamples(beyond(before.points), beyond(after.points), {
    scale: 'difference',
    alpha,
    consecutive,
  });
  const [old, now] = [figures(before).p95, figures(after).p95];
  if (difference === undefined || !(old > 0)) return undefined;
  const effect = now / old - 1;
  // Shares beyond the bar turned into the percentile's own scale, by what the effect itself is on both.
  const scale = difference.effect === 0 ? 1 : Math.abs(effect / difference.effect);
  return {
    ...difference,
    effect,
    low: difference.low * scale,
    high: difference.high * scale,
    detectable: difference.detectable * scale,
  };
}

function outcomeOf(finding: Omit<Finding, 'p' | 'outcome'>, p: number, { alpha, minEffect }: CompareSettings): Outcome {
  const tail = finding.measure.endsWith('percentile');
  const least = finding.measure === 'failures' ? Math.min(0.01, minEffect) : tail ? 3 * minEffect : minEffect;
  if (p <= alpha && Math.abs(finding.effect) >= least) return finding.effect > 0 ? 'regression' : 'improvement';
  return finding.detectable <= Math.max(FAIR_EFFECT, 2 * least) ? 'same' : 'unclear';
}

function rank({ outcome }: Finding): number {
  return OUTCOMES.indexOf(outcome);
}

function figures({ points }: MeasuredGroup): SideFigures {
  const values = sorted(points.map(({ value }) => value));
  return { count: values.length, mean: mean(values), p50: quantileOf(values, 0.5), p95: quantileOf(values, 0.95) };
}

/** Traces near the baseline's median and the candidate's 90th percentile: what was usual, and what is slow now. */
function exemplars(before: MeasuredGroup, after: MeasuredGroup): Finding['traces'] {
  return { baseline: near(before.points, 0.5), candidate: near(after.points, 0.9) };
}

function near(points: readonly Measurement[], share: number): string[] {
  const order = points.filter(({ traceId }) => traceId !== '').sort((a, b) => a.value - b.value);
  const from = Math.max(0, Math.floor(share * order.length) - 1);
  return [...new Set(order.slice(from, from + 3).map(({ traceId }) => traceId))];
}

function failures(before: MeasuredGroup, after: MeasuredGroup): Finding['traces'] {
  const some = (points: readonly Measurement[]): string[] =>
    points.flatMap(({ value, traceId }) => (value > 0 && traceId !== '' ? [traceId] : [])).slice(0, 3);
  return { baseline: some(before.points), candidate: some(after.points) };
}

/** Where most of the time lost was lost: the change of the mean times how often, over the regressions of each stage. */
function stageOf(findings: readonly Finding[]): string | null {
  const lost = new Map<string, number>();
  const regressions = findings.filter(({ outcome, stage }) => outcome === 'regression' && stage !== '');
  for (const { stage, measure, baseline, candidate } of regressions) {
    const weight = measure.startsWith('duration')
      ? Math.max(0, candidate.mean - baseline.mean) * candidate.count
      : 1e-9;
    lost.set(stage, (lost.get(stage) ?? 0) + weight);
  }
  const order = [...lost].sort(
    (a, b) => b[1] - a[1] || STAGES.findIndex((s) => s === a[0]) - STAGES.findIndex((s) => s === b[0]),
  );
  return order[0]?.[0] ?? null;
}
