import { Labels, METADATA_LABELS } from '../../domain/labels';
import { unwrapParens } from '../ast';
import type { Expr } from '../ast';
import { FLOAT, NONE } from '../eval/block';
import type { Block } from '../eval/block';
import { defineFunction } from './function';
import type { CallContext } from './function';

async function absent(context: CallContext): Promise<Block> {
  const input = await context.vector(0);
  const { count } = context.steps;
  const present = new Uint8Array(count);
  await context.slicer.inSlices(input.kinds.length, 1, (from, to) => {
    for (let cell = from; cell < to; cell++) if (input.kinds[cell] !== NONE) present[cell % count] = 1;
  });
  const output = context.newVector([absentLabels(context.call.args[0])]);
  present.forEach((found, step) => {
    if (found === 1) return;
    output.values[step] = 1;
    output.kinds[step] = FLOAT;
  });
  return output;
}

/** The labels that a selector demands exactly: those of the series that is missed. */
export function absentLabels(expr: Expr | undefined): Labels {
  const inner = expr === undefined ? undefined : unwrapParens(expr);
  const matchers = inner?.kind === 'vector' ? inner.matchers : inner?.kind === 'matrix' ? inner.selector.matchers : [];
  const wanted = new Map<string, string>();
  const seen = new Set<string>();
  for (const { name, operator, value } of matchers) {
    if (METADATA_LABELS.includes(name)) continue;
    if (operator === '=' && !seen.has(name)) {
      wanted.set(name, value);
      seen.add(name);
    } else {
      wanted.delete(name);
    }
  }
  return Labels.of(wanted);
}

async function toScalar(context: CallContext): Promise<Block> {
  const input = await context.vector(0);
  const { count } = context.steps;
  const values = new Float64Array(count);
  const found = new Uint32Array(count);
  await context.slicer.inSlices(input.kinds.length, 1, (from, to) => {
    for (let cell = from; cell < to; cell++) {
      if (input.kinds[cell] !== FLOAT) continue;
      const step = cell % count;
      values[step] = input.values[cell] ?? NaN;
      found[step] = (found[step] ?? 0) + 1;
    }
  });
  return { type: 'scalar', values: values.map((value, step) => (found[step] === 1 ? value : NaN)) };
}

async function toVector(context: CallContext): Promise<Block> {
  const values = await context.scalar(0);
  const output = context.newVector([Labels.EMPTY]);
  output.values.set(values);
  output.kinds.fill(FLOAT);
  return output;
}

/** Between types, and what is not there. */
export const conversions = [
  defineFunction({
    name: 'absent',
    doc: '1 when the vector is empty, else nothing.',
    args: ['vector'],
    body: { kind: 'block', eval: absent },
  }),
  defineFunction({
    name: 'absent_over_time',
    doc: '1 when no series has a sample in the window, else nothing.',
    args: ['matrix'],
    body: { kind: 'evaluator' },
  }),
  defineFunction({
    name: 'scalar',
    doc: 'The value of the only float; NaN when there is not exactly one.',
    args: ['vector'],
    returns: 'scalar',
    body: { kind: 'block', eval: toScalar },
  }),
  defineFunction({
    name: 'vector',
    doc: 'A scalar as a vector without labels.',
    args: ['scalar'],
    body: { kind: 'block', eval: toVector },
  }),
  defineFunction({
    name: 'timestamp',
    doc: 'When each sample was taken, in seconds since the epoch.',
    args: ['vector'],
    varies: true,
    body: { kind: 'evaluator' },
  }),
  defineFunction({
    name: 'start_timestamp',
    doc: 'When the counter behind each sample was started, in seconds since the epoch, where known.',
    args: ['vector'],
    varies: true,
    experimental: true,
    body: { kind: 'evaluator' },
  }),
  defineFunction({
    name: 'info',
    doc: 'Adds the labels of matching info series, of target_info unless others are selected.',
    args: ['vector', 'vector'],
    variadic: 1,
    experimental: true,
    body: { kind: 'evaluator' },
  }),
];
