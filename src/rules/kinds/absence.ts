import { z } from 'zod';
import { messageOf } from '../../base/errors';
import { parseExpr } from '../../promql';
import { KindFault, defineRuleKind } from './define';
import { alertOf, commonFields } from './parts';
import { duration } from '../../base/duration';
import { timeText } from './quantity';

/** Something that should be there is not: a dead man's switch. */
export const absence = defineRuleKind({
  name: 'absence',
  doc: 'No series of a selector has a sample within a time.',
  example: 'absence: {of: telltale_operations_total, over: 10m}',
  fields: z.strictObject({
    ...commonFields,
    /** A selector, such as `up{job="api"}`. */
    of: z.string(),
    over: duration.default(600_000),
  }),
  compile: (fields, context) => {
    const { of, over } = fields;
    try {
      if (parseExpr(of).kind !== 'vector') throw new KindFault('of', `"${of}" is not a selector such as up{job="api"}`);
    } catch (error) {
      throw new KindFault('of', messageOf(error));
    }
    return [
      alertOf(
        context,
        { ...fields, no_data: 'ok' },
        {
          expr: over === 0 ? `absent(${of})` : `absent_over_time(${of}[${timeText(over)}])`,
          alive: of,
          holdFor: 0,
          severity: 'critical',
          summary: `nothing is heard of ${of.replaceAll('{{', '{ {')}`,
          description: `No sample of ${of.replaceAll('{{', '{ {')} has come in for ${timeText(over)}.`,
          explanation: `Fires when ${of} has had no sample for ${timeText(over)}.`,
          threshold: `${timeText(over)} without a sample`,
        },
      ),
    ];
  },
});
