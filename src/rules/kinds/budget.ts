import type { Millis } from '../../base/clock';
import type { CompiledRule, KindContext } from './kind';
import { KindFault } from './define';
import { alertOf, perWords, selector, subject, sumBy } from './parts';
import type { CommonFields } from './parts';
import { numberText, timeText } from './quantity';
import type { Quantity } from './quantity';

/**
 * Shares of a budget that, spent within a part of its period, are too much: the multi-window, multi-burn-rate alerts of
 * Google's SRE workbook, chapter 5, where a period of 30 days gives the windows 1h, 6h, 1d and 3d.
 */
export const BURN_WINDOWS = [
  { share: 0.02, partOfPeriod: 1 / 720, severity: 'critical' },
  { share: 0.05, partOfPeriod: 1 / 120, severity: 'critical' },
  { share: 0.1, partOfPeriod: 1 / 30, severity: 'warning' },
  { share: 0.1, partOfPeriod: 1 / 10, severity: 'warning' },
] as const;

const SHORTEST: Millis = 300_000;
/** The short window is a twelfth of the long one: an alert ends that soon after the burning. */
const SHORT_PART = 12;

/** The long and the short window of each pair for a period. */
export function burnWindows(period: Millis): {
  readonly long: Millis;
  readonly short: Millis;
  readonly share: number;
  readonly severity: 'critical' | 'warning';
}[] {
  return BURN_WINDOWS.map(({ share, partOfPeriod, severity }) => {
    const long = Math.max(SHORTEST, Math.round((period * partOfPeriod) / 60_000) * 60_000);
    return { long, short: Math.max(60_000, Math.round(long / SHORT_PART / 1000) * 1000), share, severity };
  });
}

/** What is spent, and how it is said. */
export interface Spending {
  readonly metric: string;
  readonly fixed: Readonly<Record<string, string>>;
  /** `tokens`, `dollars`. */
  readonly noun: string;
  /** A template pipeline that writes an amount. */
  readonly format: string;
  readonly above: Quantity | undefined;
  readonly budget: Quantity | undefined;
  readonly by: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Alerts for spending: above a rate, or so fast that a budget will not last. */
export function spendingAlerts(context: KindContext, common: CommonFields, spending: Spending): CompiledRule[] {
  const { metric, fixed, noun, format, above, budget, by } = spending;
  const series = selector(metric, common.where, fixed);
  const spent = (window: Millis): string => sumBy(by, `increase(${series}[${timeText(window)}])`);
  const contributors = `topk(5, ${sumBy([...new Set([...by, 'model', 'service'])], `increase(${series}[1h])`)})`;
  const shared = {
    alive: series,
    contributors,
    ...(spending.annotations === undefined ? {} : { annotations: spending.annotations }),
  };
  if (above !== undefined && budget !== undefined)
    throw new KindFault('budget', 'above and budget cannot both be given');
  if (above !== undefined) {
    if (above.per === undefined) throw new KindFault('above', `"${above.text}" needs a time: ${above.text}/1h`);
    const measured = spent(above.per);
    return [
      alertOf(context, common, {
        ...shared,
        expr: `${measured} > ${numberText(above.value)}`,
        holdFor: 0,
        summary: `${`{{ $value | ${format} }}`} ${noun} in ${timeText(above.per)}${subject(by)}`,
        description: `{{ $value | ${format} }} ${noun} were spent in the last ${timeText(above.per)}, above ${above.text}.`,
        explanation: `Fires when more than ${above.text} are spent${perWords(by)}.`,
        threshold: above.text,
        thresholdValue: above.value,
        measured,
      }),
    ];
  }
  if (budget === undefined) throw new KindFault('above', 'above or budget must be given');
  const period = budget.per;
  if (period === undefined) throw new KindFault('budget', `"${budget.text}" needs a period: ${budget.text}/30d`);
  return (['critical', 'warning'] as const).map((severity) => {
    const pairs = burnWindows(period).filter((pair) => pair.severity === severity);
    const expr = pairs
      .map(({ long, short, share }) => {
        const limit = share * budget.value;
        return `(${spent(long)} > ${numberText(limit)} and ${spent(short)} > ${numberText((limit * short) / long)})`;
      })
      .join(' or ');
    const first = pairs[0];
    const longest = first?.long ?? SHORTEST;
    return alertOf(context, common, {
      ...shared,
      expr,
      holdFor: 0,
      fixedSeverity: severity,
      summary: `the budget of ${budget.text} burns too fast${subject(by)}`,
      description: `{{ $value | ${format} }} ${noun} went in ${timeText(longest)}; ${forecast(series, by, budget.value, period, longest)}.`,
      explanation: `Fires (${severity}) when the budget of ${budget.text} is spent so fast that it will not last: ${pairs
        .map(({ share, long }) => `${Math.round(share * 100)}% in ${timeText(long)}`)
        .join(' or ')}${perWords(by)}.`,
      threshold: budget.text,
      measured: spent(longest),
    });
  });
}

/** `reached at 14:20` by the rate of the window, computed when the alert is told. */
function forecast(series: string, by: readonly string[], budget: number, period: Millis, window: Millis): string {
  // Only the alert's own series count: its labels are filled into the selector, hence the single quotes.
  const own = by.map((name) => `${name}='{{ $labels.${name} }}'`).join(',');
  if (own !== '') return `at this rate the whole budget lasts {{ humanizeDuration (${lasting(budget, window)}) }}`;
  const used = `sum(increase(${series}[${timeText(period)}]))`;
  const rate = `sum(rate(${series}[${timeText(window)}]))`;
  const query = `time() + clamp_min(${numberText(budget)} - ${used}, 0) / ${rate}`.replaceAll('`', '');
  return `it is reached at {{ range query \`${query}\` }}{{ (. | value | toTime).Format "15:04" }} UTC{{ end }}`;
}

function lasting(budget: number, window: Millis): string {
  return `query (printf "vector(${numberText((budget * window) / 1000)} / %f)" $value) | first | value`;
}
