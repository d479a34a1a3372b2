import { z } from 'zod';
import { duration } from '../../base/duration';
import { KindFault, defineRuleKind } from './define';
import { alertOf, commonFields, perWords, selector, subject, sumBy, window } from './parts';
import { numberText, quantity, timeText } from './quantity';

/** The prompt cache or a cache of ours no longer helps. */
export const cache = defineRuleKind({
  name: 'cache',
  doc: 'Too few reads are served from a cache, or far fewer than before.',
  example: 'cache: {on: read_share, below: 40%}',
  fields: z.strictObject({
    ...commonFields,
    /** `read_share`: input tokens read from the prompt cache. `hit_ratio`: hits of a cache of the toolkit. */
    on: z.enum(['read_share', 'hit_ratio']).default('read_share'),
    below: quantity('ratio').optional(),
    /** Fires when the share has fallen by so much of what it was before. */
    collapse: quantity('ratio').optional(),
    /** How much earlier `collapse` compares with. */
    before: duration.default(86_400_000),
    over: window(1_800_000),
    /** At least so many tokens or requests in the window; fewer say nothing. */
    min_events: z.number().nonnegative().default(1000),
    model: z.string().optional(),
  }),
  compile: (fields, context) => {
    const { on, below, collapse, before, over, min_events: minimum, model } = fields;
    if (below === undefined && collapse === undefined) throw new KindFault('below', 'below or collapse must be given');
    const by = fields.by ?? (on === 'read_share' ? ['model'] : ['cache']);
    const fixed = model === undefined ? {} : { model };
    const [hit, all] =
      on === 'read_share'
        ? [
            selector('telltale_tokens_total', fields.where, { type: 'cache_read', ...fixed }),
            selector('telltale_tokens_total', fields.where, { type: '~input|cache_read|cache_write', ...fixed }),
          ]
        : [
            selector('telltale_cache_requests_total', fields.where, { result: '~hit|stale' }),
            selector('telltale_cache_requests_total', fields.where),
          ];
    const range = timeText(over);
    const share = (offset = ''): string =>
      `(${sumBy(by, `rate(${hit}[${range}]${offset})`)} / ${sumBy(by, `rate(${all}[${range}]${offset})`)})`;
    const conditions = [
      ...(below === undefined ? [] : [`${share()} < ${numberText(below.value)}`]),
      ...(collapse === undefined
        ? []
        : [`${share()} < ${numberText(1 - collapse.value)} * ${share(` offset ${timeText(before)}`)}`]),
      `${sumBy(by, `increase(${all}[${range}])`)} >= ${minimum}`,
    ];
    const limit = [
      ...(below === undefined ? [] : [`below ${below.text}`]),
      ...(collapse === undefined ? [] : [`${collapse.text} less than ${timeText(before)} before`]),
    ].join(' and ');
    const what = on === 'read_share' ? 'share of input read from the prompt cache' : 'hit ratio of the cache';
    return [
      alertOf(context, fields, {
        expr: conditions.join(' and '),
        alive: all,
        holdFor: 600_000,
        summary: `the ${what} is {{ $value | humanizePercentage }}${subject(by)}`,
        description: `The ${what} over ${range} is {{ $value | humanizePercentage }}, ${limit}: every request costs more and takes longer.`,
        explanation: `Fires when the ${what} over ${range} is ${limit}${perWords(by)}.`,
        threshold: limit,
        ...(below === undefined ? {} : { thresholdValue: below.value }),
        measured: share(),
      }),
    ];
  },
});
