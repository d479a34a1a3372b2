import { z } from 'zod';
import { spendingAlerts } from './budget';
import { defineRuleKind } from './define';
import { commonFields } from './parts';
import { quantity } from './quantity';

/** Tokens spent too fast. */
export const tokenBurn = defineRuleKind({
  name: 'token_burn',
  doc: 'Tokens are spent faster than a limit, or so fast that a budget will not last its period.',
  example: 'token_burn: {above: 500k tokens/10m, by: [model]}',
  fields: z.strictObject({
    ...commonFields,
    /** A limit on a rate: `500k tokens/10m`. */
    above: quantity('tokens').optional(),
    /** An amount for a period, watched by burn rates: `50M tokens/30d`. */
    budget: quantity('tokens').optional(),
    /** Only one class: `input` (uncached), `cache_read`, `cache_write`, `output`. */
    type: z.enum(['input', 'cache_read', 'cache_write', 'output']).optional(),
    model: z.string().optional(),
    /** Another counter of tokens. */
    on: z.string().default('telltale_tokens_total'),
  }),
  compile: ({ above, budget, type, model, on, ...common }, context) =>
    spendingAlerts(context, common, {
      metric: on,
      fixed: { ...(type === undefined ? {} : { type }), ...(model === undefined ? {} : { model }) },
      noun: 'tokens',
      format: 'humanize',
      above,
      budget,
      by: common.by ?? [],
    }),
});

/** Where costs are counted: what the calls are worth by list price, and what vendors say they billed. */
const BASES = { theoretical: 'telltale_cost_usd_total', billed: 'claude_code_cost_usage_USD_total' } as const;

/** Money spent too fast. */
export const cost = defineRuleKind({
  name: 'cost',
  doc: 'Money is spent faster than a limit, or so fast that a budget will not last its period.',
  example: 'cost: {above: $20/h}',
  fields: z.strictObject({
    ...commonFields,
    /** A limit on a rate: `$20/h`. */
    above: quantity('usd').optional(),
    /** An amount for a period, watched by burn rates: `$500/30d`. */
    budget: quantity('usd').optional(),
    /** `theoretical` by list price, `billed` as an assistant reports its bill; never added up. */
    basis: z.enum(['theoretical', 'billed']).default('theoretical'),
    model: z.string().optional(),
    /** Another counter of dollars. */
    on: z.string().optional(),
  }),
  compile: ({ above, budget, basis, model, on, ...common }, context) =>
    spendingAlerts(context, common, {
      metric: on ?? BASES[basis],
      fixed: model === undefined ? {} : { model },
      noun: `dollars (${basis})`,
      format: 'printf "%.2f"',
      above,
      budget,
      by: common.by ?? [],
    }).map((rule) => ({ ...rule, labels: { ...rule.labels, cost_basis: basis } })),
});
