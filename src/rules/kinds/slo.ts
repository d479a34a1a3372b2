import { z } from 'zod';
import { duration } from '../../base/duration';
import { burnWindows } from './budget';
import { KindFault, defineRuleKind } from './define';
import { alertOf, commonFields, perWords, subject, sumBy } from './parts';
import { numberText, quantity, timeText } from './quantity';

/** A service level objective, watched by burn rates. */
export const slo = defineRuleKind({
  name: 'slo',
  doc: 'The error budget of an objective burns too fast, by the four windows of the SRE workbook.',
  example:
    'slo: {objective: 99.9%, errors: \'telltale_operations_total{outcome="error"}\', total: telltale_operations_total}',
  fields: z.strictObject({
    ...commonFields,
    objective: quantity('ratio'),
    /** Counters, as selectors: either the good events or the bad ones, and all. */
    good: z.string().optional(),
    errors: z.string().optional(),
    total: z.string(),
    period: duration.default(2_592_000_000),
    /** At least so many events in the long window; fewer say nothing. */
    min_events: z.number().nonnegative().default(0),
  }),
  compile: (fields, context) => {
    const { objective, good, errors, total, period, min_events: minimum } = fields;
    if (!(objective.value > 0 && objective.value < 1))
      throw new KindFault('objective', 'the objective lies between 0% and 100%');
    if ((good === undefined) === (errors === undefined))
      throw new KindFault('errors', 'either good or errors must be given');
    const by = fields.by ?? [];
    const budget = Number((1 - objective.value).toPrecision(12));
    const rate = (series: string, window: number): string => sumBy(by, `rate(${series}[${timeText(window)}])`);
    const ratio = (window: number): string =>
      errors !== undefined
        ? `(${rate(errors, window)} / ${rate(total, window)})`
        : `(1 - ${rate(good ?? '', window)} / ${rate(total, window)})`;
    // Before a window has been lived through, its ratio is that of the first minutes alone and says nothing.
    const covered = (long: number, short: number): string =>
      `and on (${by.join(', ')}) ${sumBy(by, `present_over_time(${total}[${timeText(short)}] offset ${timeText(long - short)})`, 'group')}`;
    return (['critical', 'warning'] as const).map((severity) => {
      const pairs = burnWindows(period).filter((pair) => pair.severity === severity);
      const expr = pairs
        .map(({ long, short, share }) => {
          const limit = numberText(((share * period) / long) * budget);
          const enough = minimum > 0 ? ` and ${sumBy(by, `increase(${total}[${timeText(long)}])`)} >= ${minimum}` : '';
          return `(${ratio(long)} > ${limit} and ${ratio(short)} > ${limit} ${covered(long, short)}${enough})`;
        })
        .join(' or ');
      const first = pairs[0];
      return alertOf(context, fields, {
        expr,
        alive: total,
        holdFor: 0,
        fixedSeverity: severity,
        summary: `the error budget of ${objective.text} burns too fast${subject(by)}`,
        description: `{{ $value | humanizePercentage }} of the events are bad; the objective of ${objective.text} allows ${numberText(budget * 100)}%.`,
        explanation: `Fires (${severity}) when the error budget of ${objective.text} over ${timeText(period)} burns so fast that ${pairs
          .map(({ share, long }) => `${Math.round(share * 100)}% of it goes in ${timeText(long)}`)
          .join(' or ')}${perWords(by)}.`,
        threshold: objective.text,
        measured: ratio(first?.long ?? 3_600_000),
      });
    });
  },
});
