import { z } from 'zod';
import { anchoredRegex } from '../../../domain/regex';

/** What a relabelling rule does. */
export const RELABEL_ACTIONS = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
] as const;

const DEFAULT_REGEX = '(.*)';
const DEFAULT_SEPARATOR = ';';
const DEFAULT_REPLACEMENT = '$1';

/** One relabelling rule, written and meant as in Prometheus. */
export const relabelRuleConfig = z
  .strictObject({
    /** Labels whose values are looked at, joined. */
    source_labels: z.array(z.string().min(1)).default([]),
    /** Put between the values. */
    separator: z.string().default(DEFAULT_SEPARATOR),
    /** RE2 expression that the joined values, or the label names, must match as a whole. */
    regex: z.string().refine(isRegex, 'not a regular expression (RE2 syntax)').default(DEFAULT_REGEX),
    /** Divisor of `hashmod`. */
    modulus: z.number().int().nonnegative().default(0),
    /** The label that is set; may refer to groups of the match. */
    target_label: z.string().default(''),
    /** The value that is set; may refer to groups of the match. */
    replacement: z.string().default(DEFAULT_REPLACEMENT),
    /** What is done. */
    action: z
      .string()
      .transform((action) => action.toLowerCase())
      .pipe(z.enum(RELABEL_ACTIONS))
      .default('replace'),
  })
  .superRefine((rule, context) => {
    const fault = faultOf(rule);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });
export type RelabelRule = z.output<typeof relabelRuleConfig>;

function isRegex(pattern: string): boolean {
  try {
    anchoredRegex(pattern);
    return true;
  } catch {
    return false;
  }
}

/** What makes no sense together. */
function faultOf(rule: RelabelRule): string | undefined {
  const { action, source_labels: sources, target_label: target } = rule;
  const plainRegex = rule.regex === DEFAULT_REGEX;
  const plainRest =
    rule.separator === DEFAULT_SEPARATOR && rule.modulus === 0 && rule.replacement === DEFAULT_REPLACEMENT;
  switch (action) {
    case 'hashmod':
      if (rule.modulus === 0) return 'action hashmod needs a modulus greater than 0';
      return target === '' ? 'action hashmod needs target_label' : undefined;
    case 'keepequal':
    case 'dropequal':
      if (target === '') return `action ${action} needs target_label`;
      return plainRegex && plainRest ? undefined : `action ${action} takes source_labels and target_label only`;
    case 'labeldrop':
    case 'labelkeep':
      return sources.length === 0 && target === '' && plainRest ? undefined : `action ${action} takes regex only`;
    case 'lowercase':
    case 'uppercase':
      if (target === '') return `action ${action} needs target_label`;
      return rule.replacement === DEFAULT_REPLACEMENT ? undefined : `action ${action} takes no replacement`;
    case 'replace':
      return target === '' ? 'action replace needs target_label' : undefined;
    case 'keep':
    case 'drop':
    case 'labelmap':
      return undefined;
  }
}
