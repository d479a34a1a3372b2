import { z } from 'zod';
import { KindFault, defineRuleKind } from './define';
import { alertOf, commonFields, compare, perWords, selector, subject, sumBy, thresholdTable, window } from './parts';
import { numberText, parseQuantity, timeText } from './quantity';

/** A pool of connections or other resources that runs out. */
export const pool = defineRuleKind({
  name: 'pool',
  doc: 'A pool is nearly used up, work waits for it, or getting a resource takes long.',
  example: 'pool: {on: utilization, above: 90%, pool: db}',
  fields: z.strictObject({
    ...commonFields,
    /** `utilization` in use of the limit, `waiters` waiting work, `acquire` time to get a resource. */
    on: z.enum(['utilization', 'waiters', 'acquire']).default('utilization'),
    above: z.union([z.string(), z.number()]).optional(),
    pool: z.string().optional(),
    percentile: z.number().gt(0).lt(100).default(95),
    over: window(300_000),
    thresholds: thresholdTable,
  }),
  compile: (fields, context) => {
    const { on, over, percentile } = fields;
    const by = fields.by ?? ['pool'];
    const fixed = fields.pool === undefined ? {} : { pool: fields.pool };
    const gauge = (name: string): string => sumBy(by, selector(`telltale_pool_${name}`, fields.where, fixed));
    const [unit, fallback] = (
      { utilization: ['ratio', '90%'], waiters: ['count', '0'], acquire: ['seconds', '500ms'] } as const
    )[on];
    const above = parseQuantity(fields.above ?? fallback, unit);
    if (above === undefined)
      throw new KindFault('above', `"${fields.above}" is not a limit for ${on}; write for example ${fallback}`);
    const acquire = selector('telltale_pool_acquire_seconds_bucket', fields.where, fixed);
    const measured =
      on === 'utilization'
        ? `${gauge('in_use')} / ${gauge('limit')}`
        : on === 'waiters'
          ? gauge('waiters')
          : `histogram_quantile(${numberText(percentile / 100)}, ${sumBy(['le', ...by], `rate(${acquire}[${timeText(over)}])`)})`;
    const expr = compare(on === 'utilization' ? `(${measured})` : measured, '>', above, fields.thresholds, unit, by);
    const value = { utilization: 'humanizePercentage', waiters: 'humanize', acquire: 'humanizeDuration' }[on];
    const what = {
      utilization: 'pool utilization',
      waiters: 'number of waiters for the pool',
      acquire: `p${percentile} of the time to get a resource`,
    }[on];
    return [
      alertOf(context, fields, {
        expr,
        alive: selector('telltale_pool_size', fields.where, fixed),
        holdFor: 60_000,
        summary: `${what} is {{ $value | ${value} }}${subject(by)}`,
        description: `The ${what} is {{ $value | ${value} }}, above ${above.text}: work will wait or fail.`,
        explanation: `Fires when the ${what} is above ${above.text}${perWords(by)}.`,
        threshold: above.text,
        thresholdValue: above.value,
        measured,
        contributors: `topk(5, ${gauge('waiters')})`,
      }),
    ];
  },
});
