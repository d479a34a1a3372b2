import { ManualClock } from '../../base/testing/manual-clock';
import { Labels } from '../../domain/labels';
import { PromqlEngine } from '../../promql';
import type { IncomingSample } from '../../storage';
import { MemorySeriesStore } from '../../storage/memory';
import { GroupEvaluator } from '../evaluation/group-evaluator';
import { readRuleFile } from '../file/read-rule-file';
import { burnWindows } from './budget';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const PERIOD = 30 * DAY;
const BUDGET = 0.001;
/** Requests per minute. */
const TRAFFIC = 6000;
const STEP = MINUTE;

/** An error ratio at every minute. */
type Shape = (at: number) => number;

/** Plays an objective of 99.9% over a shape of errors; the minutes from `watch` on at which each severity fires. */
async function play(
  shape: Shape,
  length: number,
  watch: number,
  fields = '',
): Promise<Record<'critical' | 'warning', number[]>> {
  const store = new MemorySeriesStore();
  const clock = new ManualClock(0);
  const samples: IncomingSample[] = [];
  let [good, bad] = [0, 0];
  const labels = (outcome: string): Labels => Labels.of({ __name__: 'requests_total', outcome });
  const series = { good: labels('ok'), bad: labels('error') };
  for (let t = 0; t <= length; t += STEP) {
    samples.push({ labels: series.good, t, value: good }, { labels: series.bad, t, value: bad });
    const errors = TRAFFIC * shape(t);
    good += TRAFFIC - errors;
    bad += errors;
  }
  await store.append(samples);
  const text = `groups:\n- name: g\n  rules:\n  - alert: Slo\n    slo: {objective: 99.9%, errors: 'requests_total{outcome="error"}', total: requests_total${fields}}\n`;
  const [group] = readRuleFile('rules.yml', text).groups;
  if (group === undefined) throw new Error('no group');
  const evaluator = new GroupEvaluator(group, {
    engine: new PromqlEngine(store, clock),
    externalLabels: {},
    externalUrl: '',
    resolvedRetention: 0,
    clock,
    append: () => Promise.resolve({ appended: 0, refused: {}, examples: {} }),
  });
  const firing: Record<'critical' | 'warning', number[]> = { critical: [], warning: [] };
  for (let at = watch; at <= length; at += STEP) {
    for (const { rule } of await evaluator.evaluate(at, 0)) {
      if (!('alerts' in rule.evaluator)) continue;
      const severity = rule.evaluator.rule.labels.get('severity') === 'critical' ? 'critical' : 'warning';
      if (rule.evaluator.state === 'firing') firing[severity].push((at - watch) / MINUTE);
    }
  }
  return firing;
}

/**
 * The workbook's closed forms for errors that begin at once at a constant ratio: an alert fires when the long window's
 * share is spent, `window * factor * budget / ratio`, and ends when the errors have left the short window far enough.
 */
function detection(severity: 'critical' | 'warning', ratio: number): number {
  return Math.min(
    ...burnWindows(PERIOD)
      .filter((pair) => pair.severity === severity)
      .map(({ long, share }) => {
        const factor = (share * PERIOD) / long;
        return factor * BUDGET < ratio ? (long * factor * BUDGET) / ratio : Infinity;
      }),
  );
}

function reset(severity: 'critical' | 'warning', ratio: number, lasted: number): number {
  return Math.max(
    0,
    ...burnWindows(PERIOD)
      .filter((pair) => pair.severity === severity)
      .map(({ long, short, share }) => {
        const limit = ((share * PERIOD) / long) * BUDGET;
        // Fires only if the long window's mean got over the limit while the errors lasted.
        if ((ratio * Math.min(lasted, long)) / long <= limit) return 0;
        return Math.min(short * (1 - limit / ratio), long - (limit * long) / ratio);
      }),
  );
}

describe('errors that begin at once', () => {
  const covered = 8 * HOUR;

  test.each([1, 0.5, 0.1, 0.05, 0.03])('a ratio of %s is found and let go when the workbook says', async (ratio) => {
    const lasted = 30 * MINUTE;
    const firing = await play((t) => (t >= covered && t < covered + lasted ? ratio : 0), covered + 2 * HOUR, covered);
    const expected = detection('critical', ratio) / MINUTE;
    const [first] = firing.critical;
    if (expected * MINUTE > lasted) {
      expect(first).toBeUndefined();
      return;
    }
    expect(first).toBeDefined();
    expect(Math.abs((first ?? NaN) - expected)).toBeLessThanOrEqual(1);
    const ended = (firing.critical.at(-1) ?? NaN) + 1;
    expect(Math.abs(ended - (lasted + reset('critical', ratio, lasted)) / MINUTE)).toBeLessThanOrEqual(1);
  });
});

describe('ten shapes of incidents', () => {
  const covered = 7 * HOUR;
  const during =
    (from: number, to: number, ratio: number): Shape =>
    (t) =>
      t >= covered + from && t < covered + to ? ratio : 0;

  test.each<[name: string, shape: Shape, pages: boolean]>([
    ['a full outage of ten minutes', during(0, 10 * MINUTE, 1), true],
    ['a tenth fails for an hour', during(0, HOUR, 0.1), true],
    ['two percent fail for an hour', during(0, HOUR, 0.02), true],
    ['a slow rise', (t) => (t < covered ? 0 : Math.min(0.2, ((t - covered) / HOUR) * 0.2)), true],
    ['flapping by the minute at half', (t) => (t >= covered && (t / MINUTE) % 2 === 0 ? 0.5 : 0), true],
    ['an outage that returns', (t) => (t >= covered && t % (30 * MINUTE) < 5 * MINUTE ? 1 : 0), true],
    ['no errors', () => 0, false],
    ['errors within the budget', () => BUDGET * 0.5, false],
    ['errors at the pace of the budget', () => BUDGET, false],
    ['a blip of half a minute at a tenth', during(0, MINUTE / 2, 0.1), false],
  ])('%s: pages %s', async (_name, shape, pages) => {
    const firing = await play(shape, covered + 70 * MINUTE, covered);
    expect(firing.critical.length > 0).toBe(pages);
  });
});

test('no alert at cold start, however bad the first minutes', async () => {
  const firing = await play((t) => (t < 20 * MINUTE ? 1 : 0.3), 50 * MINUTE, 0);
  expect(firing).toEqual({ critical: [], warning: [] });
});

test('too few events say nothing', async () => {
  const covered = 7 * HOUR;
  const shape: Shape = (t) => (t >= covered ? 1 : 0);
  const [quiet, loud] = [`, min_events: ${TRAFFIC * 1000}`, `, min_events: ${TRAFFIC}`];
  expect((await play(shape, covered + 20 * MINUTE, covered, loud)).critical.length).toBeGreaterThan(0);
  expect((await play(shape, covered + 20 * MINUTE, covered, quiet)).critical.length).toBe(0);
});
