import { z } from 'zod';
import { KindFault, defineRuleKind } from './define';
import { alertOf, commonFields, selector, window } from './parts';
import { numberText, parseQuantity, quantity, timeText } from './quantity';

/** Disks: how full, and when they will be. */
export const disk = defineRuleKind({
  name: 'disk',
  doc: 'A disk is nearly full, or will be soon.',
  example: 'disk: {full_in: 4h}',
  fields: z.strictObject({
    ...commonFields,
    above: quantity('ratio').optional(),
    /** Fires when the disk will be full within this time. */
    full_in: z.string().optional(),
    /** The window that the forecast goes by. */
    over: window(3_600_000),
    path: z.string().optional(),
  }),
  compile: (fields, context) => {
    const fixed = fields.path === undefined ? {} : { path: fields.path };
    const of = (metric: string): string => selector(metric, fields.where, fixed);
    const share = `(${of('telltale_disk_used_bytes')} / ${of('telltale_disk_size_bytes')})`;
    const alive = of('telltale_disk_size_bytes');
    if (fields.full_in !== undefined) {
      const time = parseQuantity(fields.full_in, 'seconds');
      if (time === undefined || time.value <= 0)
        throw new KindFault('full_in', `"${fields.full_in}" is not a time; write for example 4h`);
      const least = fields.above?.value ?? 0.5;
      const measured = `predict_linear(${of('telltale_disk_free_bytes')}[${timeText(fields.over)}], ${numberText(time.value)})`;
      return [
        alertOf(context, fields, {
          expr: `${measured} < 0 and ${share} > ${numberText(least)}`,
          alive,
          holdFor: 300_000,
          summary: `disk {{ $labels.path }} will be full within ${time.text}`,
          description: `At the rate of the last ${timeText(fields.over)}, disk {{ $labels.path }} is full within ${time.text}.`,
          explanation: `Fires when a disk that is more than ${least * 100}% full will be full within ${time.text}.`,
          threshold: `full within ${time.text}`,
          measured,
        }),
      ];
    }
    const above = fields.above ?? { value: 0.85, text: '85%', per: undefined };
    return [
      alertOf(context, fields, {
        expr: `${share} > ${numberText(above.value)}`,
        alive,
        holdFor: 300_000,
        summary: `disk {{ $labels.path }} is {{ $value | humanizePercentage }} full`,
        description: `Disk {{ $labels.path }} is {{ $value | humanizePercentage }} full, above ${above.text}.`,
        explanation: `Fires when a disk is more than ${above.text} full.`,
        threshold: above.text,
        thresholdValue: above.value,
        measured: share,
      }),
    ];
  },
});
