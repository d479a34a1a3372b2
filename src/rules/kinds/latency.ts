import { z } from 'zod';
import { duration } from '../../base/duration';
import { KindFault, defineRuleKind } from './define';
import { alertOf, commonFields, compare, perWords, selector, subject, sumBy, thresholdTable, window } from './parts';
import { numberText, quantity, timeText } from './quantity';

/** Where durations are found, by what they are durations of. */
const SOURCES = {
  operation: 'telltale_operation_duration_seconds',
  model_call: 'gen_ai_client_operation_duration_seconds',
  first_chunk: 'gen_ai_client_operation_time_to_first_chunk_seconds',
  tool: 'gen_ai_execute_tool_duration_seconds',
} as const;

/** A percentile of durations above a limit, or above its own past. */
export const latency = defineRuleKind({
  name: 'latency',
  doc: 'A percentile of durations is above a limit, or a multiple of what it was before.',
  example: 'latency: {percentile: 95, above: 8s, stage: inference}',
  fields: z.strictObject({
    ...commonFields,
    /** What is measured; a histogram's name for any other. */
    on: z.string().optional(),
    percentile: z.number().gt(0).lt(100).default(95),
    above: quantity('seconds').optional(),
    stage: z.string().optional(),
    operation: z.string().optional(),
    model: z.string().optional(),
    tool: z.string().optional(),
    over: window(300_000),
    /** At least so many calls in the window; fewer say nothing. */
    min_requests: z.number().nonnegative().default(0),
    /** Compare with the same percentile earlier. */
    baseline: z
      .strictObject({
        /** How much earlier. */
        before: duration.default(86_400_000),
        over: duration.default(3_600_000),
        /** Fires above so many times the earlier value. */
        factor: z.number().positive().default(2),
      })
      .optional(),
    thresholds: thresholdTable,
  }),
  compile: (fields, context) => {
    const { percentile, above, stage, operation, model, tool, over, min_requests: minimum, baseline } = fields;
    if (above === undefined && baseline === undefined) throw new KindFault('above', 'above or baseline must be given');
    const on = fields.on ?? (tool !== undefined ? 'tool' : model !== undefined ? 'model_call' : 'operation');
    const metric = Object.entries(SOURCES).find(([name]) => name === on)?.[1] ?? on;
    const genAi = metric.startsWith('gen_ai_');
    const fixed = {
      ...(stage === undefined ? {} : { stage }),
      ...(operation === undefined ? {} : { operation }),
      ...(model === undefined ? {} : { [genAi ? 'gen_ai_request_model' : 'model']: model }),
      ...(tool === undefined ? {} : { gen_ai_tool_name: tool }),
    };
    const by =
      fields.by ??
      (metric === SOURCES.operation
        ? ['stage']
        : genAi && on !== 'tool'
          ? ['gen_ai_request_model']
          : on === 'tool'
            ? ['gen_ai_tool_name']
            : []);
    const q = numberText(percentile / 100);
    const buckets = selector(`${metric}_bucket`, fields.where, fixed);
    const at = (range: number, offset = '', labels: readonly string[] = by): string =>
      `histogram_quantile(${q}, ${sumBy(['le', ...labels], `rate(${buckets}[${timeText(range)}]${offset})`)})`;
    const measured = at(over);
    const conditions: string[] = [];
    if (above !== undefined) conditions.push(compare(measured, '>', above, fields.thresholds, 'seconds', by));
    if (baseline !== undefined) {
      const past = at(baseline.over, ` offset ${timeText(baseline.before)}`);
      conditions.push(`${measured} > ${numberText(baseline.factor)} * ${past}`);
    }
    if (minimum > 0) {
      const count = sumBy(by, `increase(${selector(`${metric}_count`, fields.where, fixed)}[${timeText(over)}])`);
      conditions.push(`${count} >= ${minimum}`);
    }
    const expr = conditions.length === 1 ? (conditions[0] ?? '') : conditions.map((part) => `(${part})`).join(' and ');
    const limit = [
      ...(above === undefined ? [] : [above.text]),
      ...(baseline === undefined ? [] : [`${baseline.factor} times the value ${timeText(baseline.before)} before`]),
    ].join(' and ');
    const what = `p${percentile} of ${on === 'operation' ? `${stage ?? 'operation'} time` : on.replaceAll('_', ' ')}`;
    return [
      alertOf(context, fields, {
        expr,
        alive: selector(`${metric}_count`, fields.where, fixed),
        holdFor: 120_000,
        summary: `${what} is {{ $value | humanizeDuration }}${subject(by)}`,
        description: `The ${what} over the last ${timeText(over)} is {{ $value | humanizeDuration }}, above ${limit}.`,
        explanation: `Fires when the ${what} over ${timeText(over)} is above ${limit}${perWords(by)}.`,
        threshold: limit,
        ...(above === undefined ? {} : { thresholdValue: above.value }),
        measured,
        contributors: `topk(5, ${at(over, '', metric === SOURCES.operation ? ['stage', 'operation'] : by)})`,
      }),
    ];
  },
});
