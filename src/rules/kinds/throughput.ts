import { z } from 'zod';
import { duration } from '../../base/duration';
import { KindFault, defineRuleKind } from './define';
import { alertOf, commonFields, perWords, selector, subject, sumBy, window } from './parts';
import { numberText, quantity, timeText } from './quantity';

/** Traffic has fallen. */
export const throughput = defineRuleKind({
  name: 'throughput',
  doc: 'Fewer operations than a limit, or far fewer than at the same time before.',
  example: 'throughput: {drop: 60%, stage: inference}',
  fields: z.strictObject({
    ...commonFields,
    /** A counter; operations by default. */
    on: z.string().default('telltale_operations_total'),
    /** Per second, or with a time of its own: `100/1m`. */
    below: quantity('count').optional(),
    drop: quantity('ratio').optional(),
    before: duration.default(86_400_000),
    over: window(600_000),
    stage: z.string().optional(),
  }),
  compile: (fields, context) => {
    const { on, below, drop, before, over, stage } = fields;
    if (below === undefined && drop === undefined) throw new KindFault('drop', 'drop or below must be given');
    const by = fields.by ?? [];
    const series = selector(on, fields.where, stage === undefined ? {} : { stage });
    const range = timeText(over);
    const measured = sumBy(by, `rate(${series}[${range}])`);
    const perSecond = below === undefined ? 0 : below.value / ((below.per ?? 1000) / 1000);
    const conditions = [
      ...(below === undefined ? [] : [`${measured} < ${numberText(perSecond)}`]),
      ...(drop === undefined
        ? []
        : [
            `${measured} < ${numberText(1 - drop.value)} * ${sumBy(by, `rate(${series}[${range}] offset ${timeText(before)})`)}`,
          ]),
    ];
    const limit = [
      ...(below === undefined ? [] : [`below ${below.text}${below.per === undefined ? '/s' : ''}`]),
      ...(drop === undefined ? [] : [`${drop.text} less than ${timeText(before)} before`]),
    ].join(' and ');
    return [
      alertOf(context, fields, {
        expr: conditions.join(' and '),
        alive: series,
        holdFor: 600_000,
        summary: `only {{ $value | humanize }} operations per second${subject(by)}`,
        description: `Over the last ${range} there were {{ $value | humanize }} operations per second, ${limit}.`,
        explanation: `Fires when the rate of operations over ${range} is ${limit}${perWords(by)}.`,
        threshold: limit,
        ...(below === undefined ? {} : { thresholdValue: perSecond }),
        measured,
      }),
    ];
  },
});
