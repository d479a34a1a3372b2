import { z } from 'zod';
import { messageOf } from '../../base/errors';
import { duration } from '../../base/duration';
import { parseExpr, typeOf } from '../../promql';
import { KindFault, defineRuleKind } from './define';
import { alertOf, commonFields } from './parts';
import { numberText, timeText } from './quantity';

/** Half the distance between the quartiles of a normal distribution, in standard deviations, doubled. */
const IQR_SIGMAS = 1.349;

/** A value far from its own recent past. */
export const anomaly = defineRuleKind({
  name: 'anomaly',
  doc: 'A value lies far outside its recent past, by a robust baseline (median and quartiles); keeps the score as a series.',
  example: 'anomaly: {of: "sum(rate(telltale_operations_total[5m]))", score: 5}',
  fields: z.strictObject({
    ...commonFields,
    /** What is watched: PromQL. */
    of: z.string(),
    /** How many robust standard deviations away. */
    score: z.number().positive().default(5),
    /** The past that counts as usual. */
    baseline: duration.default(3_600_000),
    /** Spacing of the baseline's samples. */
    step: duration.default(60_000),
    direction: z.enum(['both', 'up', 'down']).default('both'),
    /** The least spread, as a share of the median: a flat past is no reason to fire at every ripple. */
    min_spread: z.number().nonnegative().default(0.05),
  }),
  compile: (fields, context) => {
    const { of, score, baseline, step, direction } = fields;
    try {
      if (typeOf(parseExpr(of)) !== 'vector') throw new KindFault('of', `"${of}" must give an instant vector`);
    } catch (error) {
      throw new KindFault('of', messageOf(error));
    }
    const past = `(${of})[${timeText(baseline)}:${timeText(step)}]`;
    const median = `quantile_over_time(0.5, ${past})`;
    const spread = `((quantile_over_time(0.75, ${past}) - quantile_over_time(0.25, ${past})) / ${IQR_SIGMAS})`;
    const least = `(abs(${median}) * ${numberText(fields.min_spread)} + 1e-9)`;
    const deviation = `((${of}) - ${median})`;
    // The larger of spread and least: the first where it is larger, else the second.
    const scale = `((${spread} > ${least}) or ${least})`;
    const enough = Math.ceil(baseline / step / 2);
    const expr = `(${deviation} / ${scale}) and count_over_time(${past}) >= ${enough}`;
    const record = `telltale_anomaly_score`;
    const own = `${record}{alert=${JSON.stringify(context.alert)}}`;
    const measured = { both: `abs(${own})`, up: own, down: `-${own}` }[direction];
    const explanation = `Fires when ${of} is more than ${score} robust standard deviations away from its last ${timeText(baseline)}.`;
    return [
      {
        alert: context.alert,
        record,
        expr,
        holdFor: 0,
        keepFiringFor: 0,
        labels: { alert: context.alert },
        annotations: {},
        explanation: `Keeps how unusual ${of} is.`,
      },
      alertOf(context, fields, {
        expr: `${measured} > ${numberText(score)}`,
        alive: of,
        holdFor: 300_000,
        summary: 'unusual value: {{ $value | printf "%.1f" }} standard deviations off',
        description: `The value is {{ $value | printf "%.1f" }} robust standard deviations away from its last ${timeText(baseline)}; ${score} are allowed.`,
        explanation,
        threshold: `${score} standard deviations`,
        thresholdValue: score,
        measured,
      }),
    ];
  },
});
