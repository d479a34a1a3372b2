import { z } from 'zod';
import { KindFault, defineRuleKind } from './define';
import { alertOf, commonFields, selector, sumBy, window } from './parts';
import { numberText, parseQuantity, timeText } from './quantity';

/** The processor and the event loop. */
export const cpu = defineRuleKind({
  name: 'cpu',
  doc: 'The process uses too much processor time, or its event loop is late or busy.',
  example: 'cpu: {on: lag, above: 200ms}',
  fields: z.strictObject({
    ...commonFields,
    /** `utilization` of one core, `lag` of the event loop (p99), `event_loop` its busy share. */
    on: z.enum(['utilization', 'lag', 'event_loop']).default('utilization'),
    above: z.union([z.string(), z.number()]).optional(),
    over: window(300_000),
  }),
  compile: (fields, context) => {
    const { on, over } = fields;
    const [unit, fallback] = (
      { utilization: ['ratio', '90%'], lag: ['seconds', '200ms'], event_loop: ['ratio', '90%'] } as const
    )[on];
    const above = parseQuantity(fields.above ?? fallback, unit);
    if (above === undefined)
      throw new KindFault('above', `"${fields.above}" is not a limit for ${on}; write for example ${fallback}`);
    const of = (metric: string): string => selector(metric, fields.where);
    const inner = {
      utilization: `rate(${of('process_cpu_seconds_total')}[${timeText(over)}])`,
      lag: of('nodejs_eventloop_lag_p99_seconds'),
      event_loop: `avg_over_time(${of('nodejs_eventloop_utilization_ratio')}[${timeText(over)}])`,
    }[on];
    const measured = fields.by === undefined ? inner : sumBy(fields.by, inner, 'max');
    const value = on === 'lag' ? 'humanizeDuration' : 'humanizePercentage';
    const what = {
      utilization: 'processor use',
      lag: 'event loop lag (p99)',
      event_loop: 'busy share of the event loop',
    }[on];
    return [
      alertOf(context, fields, {
        expr: `${measured} > ${numberText(above.value)}`,
        alive: of('process_cpu_seconds_total'),
        holdFor: 300_000,
        summary: `${what} is {{ $value | ${value} }}`,
        description: `The ${what} is {{ $value | ${value} }}, above ${above.text}: requests wait for the process.`,
        explanation: `Fires when the ${what} is above ${above.text}.`,
        threshold: above.text,
        thresholdValue: above.value,
        measured,
      }),
    ];
  },
});
