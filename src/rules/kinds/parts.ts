import { z } from 'zod';
import type { Millis } from '../../base/clock';
import { duration } from '../../base/duration';
import type { CompiledRule, KindContext } from './kind';
import { KindFault } from './define';
import { numberText, parseQuantity } from './quantity';
import type { Quantity, Unit } from './quantity';

const LABEL = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'a label name has only letters, digits and _');

/** Fields that every kind has. */
export const commonFields = {
  /** One alert per value of these labels. */
  by: z.array(LABEL).optional(),
  /** Only series with these labels: `x` equal, `!x` not equal, `~x` matching, `!~x` not matching the expression x. */
  where: z.record(LABEL, z.union([z.string(), z.number()])).default({}),
  /** What to do where there are no data: `ok` nothing, `alert` fire, `keep` let a firing alert go on for 10 min. */
  no_data: z.enum(['ok', 'alert', 'keep']).default('ok'),
  severity: z.enum(['critical', 'warning', 'info']).optional(),
  runbook: z.string().optional(),
};

/** The common fields, read. */
export interface CommonFields {
  readonly by?: readonly string[] | undefined;
  readonly where: Readonly<Record<string, string | number>>;
  readonly no_data: 'ok' | 'alert' | 'keep';
  readonly severity?: 'critical' | 'warning' | 'info' | undefined;
  readonly runbook?: string | undefined;
}

/** A window of time. */
export const window = (fallback: Millis): z.ZodDefault<z.ZodPipe<typeof duration, z.ZodNumber>> =>
  duration.pipe(z.number().positive()).default(fallback);

/** Per-label thresholds: a list of label values with the threshold that holds for them. */
export const thresholdTable = z
  .array(
    z.strictObject({
      /** The labels this threshold holds for; every row names the same ones. */
      match: z.record(LABEL, z.string()),
      above: z.union([z.string(), z.number()]),
    }),
  )
  .optional();

type ThresholdRows = z.output<typeof thresholdTable>;

/** `metric{a="1",b=~"2"}`. */
export function selector(
  metric: string,
  where: Readonly<Record<string, string | number>>,
  fixed: Readonly<Record<string, string>> = {},
): string {
  const parts = Object.entries({ ...fixed, ...where }).map(([name, raw]) => {
    const text = String(raw);
    const operator = text.startsWith('!~') ? '!~' : text.startsWith('!') ? '!=' : text.startsWith('~') ? '=~' : '=';
    const value = text.slice(operator === '=' ? 0 : operator === '!~' ? 2 : 1);
    return `${name}${operator}${JSON.stringify(value)}`;
  });
  return parts.length === 0 ? metric : `${metric}{${parts.join(', ')}}`;
}

/** `sum by (a, b) (inner)`. */
export function sumBy(by: readonly string[], inner: string, operator = 'sum'): string {
  return by.length === 0 ? `${operator}(${inner})` : `${operator} by (${by.join(', ')}) (${inner})`;
}

/**
 * `measured > threshold`, with the thresholds of the table in place of the general one where a row matches.
 */
export function compare(
  measured: string,
  operator: '>' | '<' | '>=' | '<=',
  threshold: Quantity,
  rows: ThresholdRows,
  unit: Unit,
  by: readonly string[],
): string {
  const plain = `${measured} ${operator} ${numberText(threshold.value)}`;
  if (rows === undefined || rows.length === 0) return plain;
  const names = Object.keys(rows[0]?.match ?? {}).sort();
  const vectors = rows.map((row) => {
    const own = Object.keys(row.match).sort();
    if (own.length === 0 || own.join() !== names.join()) {
      throw new KindFault('thresholds', 'every row of thresholds must match on the same labels');
    }
    const missing = names.find((name) => !by.includes(name));
    if (missing !== undefined) throw new KindFault('thresholds', `thresholds match on ${missing}, which is not in by`);
    const value = parseQuantity(row.above, unit);
    if (value === undefined) throw new KindFault('thresholds', `"${row.above}" is not a threshold of this kind`);
    return names.reduce(
      (inner, name) => `label_replace(${inner}, "${name}", ${JSON.stringify(row.match[name])}, "", "")`,
      `vector(${numberText(value.value)})`,
    );
  });
  const table = `(${vectors.join(' or ')})`;
  const on = `on (${names.join(', ')})`;
  return `(${measured} ${operator} ${on} group_left () ${table}) or ((${measured} unless ${on} ${table}) ${operator} ${numberText(threshold.value)})`;
}

/** What a kind tells of itself to make an alert. */
export interface AlertParts {
  readonly expr: string;
  /** An expression that is there whenever the thing measured is alive; for `no_data: alert`. */
  readonly alive: string;
  readonly holdFor: Millis;
  readonly summary: string;
  readonly description: string;
  readonly explanation: string;
  readonly severity?: 'critical' | 'warning' | 'info';
  readonly fixedSeverity?: string;
  readonly threshold?: string;
  readonly thresholdValue?: number;
  readonly measured?: string;
  readonly contributors?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** An alert with the defaults that all kinds share. */
export function alertOf(context: KindContext, common: CommonFields, parts: AlertParts): CompiledRule {
  const expr = common.no_data === 'alert' ? `(${parts.expr}) or absent(${parts.alive})` : parts.expr;
  return {
    alert: context.alert,
    expr,
    holdFor: context.holdFor ?? parts.holdFor,
    keepFiringFor: common.no_data === 'keep' ? 600_000 : 0,
    labels: { severity: common.severity ?? parts.severity ?? 'warning', ...parts.labels },
    ...(parts.fixedSeverity === undefined ? {} : { fixedLabels: { severity: parts.fixedSeverity } }),
    annotations: {
      summary: parts.summary,
      description: parts.description,
      ...(common.runbook === undefined ? {} : { runbook_url: common.runbook }),
      ...parts.annotations,
    },
    explanation: parts.explanation,
    ...(parts.threshold === undefined ? {} : { threshold: parts.threshold }),
    ...(parts.thresholdValue === undefined ? {} : { thresholdValue: parts.thresholdValue }),
    ...(parts.measured === undefined ? {} : { measured: parts.measured }),
    ...(parts.contributors === undefined ? {} : { contributors: parts.contributors }),
  };
}

/** ` for {{ $labels.a }} {{ $labels.b }}`: names what an alert is about. */
export function subject(by: readonly string[]): string {
  return by.length === 0 ? '' : ` (${by.map((name) => `${name} {{ $labels.${name} }}`).join(', ')})`;
}

/** `, per model and stage`, for plain words. */
export function perWords(by: readonly string[]): string {
  return by.length === 0 ? '' : `, per ${by.join(' and ')}`;
}
