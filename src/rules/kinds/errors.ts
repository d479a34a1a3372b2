import { z } from 'zod';
import { defineRuleKind } from './define';
import { alertOf, commonFields, compare, perWords, selector, subject, sumBy, thresholdTable, window } from './parts';
import { quantity, timeText } from './quantity';

/** The share of failed operations. */
export const errors = defineRuleKind({
  name: 'errors',
  doc: 'Too large a share of operations fails, where there is enough traffic to tell.',
  example: 'errors: {above: 5%, stage: tool, min_requests: 20}',
  fields: z.strictObject({
    ...commonFields,
    above: quantity('ratio'),
    stage: z.string().optional(),
    operation: z.string().optional(),
    over: window(300_000),
    /** At least so many operations in the window; fewer say nothing. */
    min_requests: z.number().nonnegative().default(20),
    thresholds: thresholdTable,
  }),
  compile: (fields, context) => {
    const { above, stage, operation, over, min_requests: minimum } = fields;
    const by = fields.by ?? ['stage'];
    const fixed = { ...(stage === undefined ? {} : { stage }), ...(operation === undefined ? {} : { operation }) };
    const range = timeText(over);
    const all = selector('telltale_operations_total', fields.where, fixed);
    const failed = selector('telltale_operations_total', fields.where, { outcome: 'error', ...fixed });
    const measured = `(${sumBy(by, `rate(${failed}[${range}])`)} / ${sumBy(by, `rate(${all}[${range}])`)})`;
    const ratio = compare(measured, '>', above, fields.thresholds, 'ratio', by);
    const expr = minimum > 0 ? `(${ratio}) and ${sumBy(by, `increase(${all}[${range}])`)} >= ${minimum}` : ratio;
    const kinds = selector('telltale_operation_errors_total', fields.where, fixed);
    return [
      alertOf(context, fields, {
        expr,
        alive: all,
        holdFor: 120_000,
        summary: `{{ $value | humanizePercentage }} of operations fail${subject(by)}`,
        description: `Over the last ${range}, {{ $value | humanizePercentage }} of the operations failed, above ${above.text}.`,
        explanation: `Fires when more than ${above.text} of the operations over ${range} fail, of at least ${minimum}${perWords(by)}.`,
        threshold: above.text,
        thresholdValue: above.value,
        measured,
        contributors: `topk(5, ${sumBy(['stage', 'operation', 'error_type'], `rate(${kinds}[${range}])`)})`,
      }),
    ];
  },
});
