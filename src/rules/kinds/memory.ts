import { z } from 'zod';
import { KindFault, defineRuleKind } from './define';
import { alertOf, commonFields, selector, sumBy, window } from './parts';
import { numberText, parseQuantity, timeText } from './quantity';

/** Memory: how full the heap is, how big the process, how fast it grows. */
export const memory = defineRuleKind({
  name: 'memory',
  doc: 'The heap is nearly full, the process is too big, or memory grows without end.',
  example: 'memory: {on: heap, above: 85%}',
  fields: z.strictObject({
    ...commonFields,
    /** `heap` used of the limit, `rss` size of the process, `growth` slope of its size per hour. */
    on: z.enum(['heap', 'rss', 'growth']).default('heap'),
    above: z.union([z.string(), z.number()]).optional(),
    /** The window of the slope. */
    over: window(1_800_000),
  }),
  compile: (fields, context) => {
    const { on, over } = fields;
    const [unit, fallback] = (
      { heap: ['ratio', '85%'], rss: ['bytes', '2GiB'], growth: ['bytes', '100MiB/h'] } as const
    )[on];
    const above = parseQuantity(fields.above ?? fallback, unit);
    if (above === undefined)
      throw new KindFault('above', `"${fields.above}" is not a limit for ${on}; write for example ${fallback}`);
    const of = (metric: string): string => selector(metric, fields.where);
    const aggregate = (inner: string): string => (fields.by === undefined ? inner : sumBy(fields.by, inner, 'max'));
    const perHour = above.per === undefined ? 1 : 3_600_000 / above.per;
    const measured = aggregate(
      {
        heap: `${of('nodejs_heap_size_used_bytes')} / ${of('nodejs_heap_size_limit_bytes')}`,
        rss: of('process_resident_memory_bytes'),
        growth: `deriv(${of('process_resident_memory_bytes')}[${timeText(over)}]) * 3600`,
      }[on],
    );
    const limit = on === 'growth' ? above.value * perHour : above.value;
    const value = on === 'heap' ? 'humanizePercentage' : 'humanize1024';
    const what = { heap: 'heap in use', rss: 'resident memory', growth: 'growth of resident memory per hour' }[on];
    const bytes = on === 'heap' ? '' : 'B';
    return [
      alertOf(context, fields, {
        // A slope counts only where the whole window has been seen.
        expr:
          on === 'growth'
            ? `${measured} > ${numberText(limit)} and ${aggregate(`${of('process_resident_memory_bytes')} offset ${timeText(over)}`)} > 0`
            : `${measured} > ${numberText(limit)}`,
        alive: of('process_resident_memory_bytes'),
        holdFor: on === 'growth' ? 600_000 : 300_000,
        summary: `${what} is {{ $value | ${value} }}${bytes}`,
        description: `The ${what} is {{ $value | ${value} }}${bytes}, above ${above.text}.`,
        explanation: `Fires when the ${what} is above ${above.text}.`,
        threshold: above.text,
        thresholdValue: limit,
        measured,
      }),
    ];
  },
});
