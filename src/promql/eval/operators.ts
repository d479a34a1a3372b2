import type { NativeHistogram } from '../../domain/histogram';
import type { BinaryOperator, Place } from '../ast';
import { PromqlExecutionError } from '../errors';
import { combine, IncompatibleSchemaError } from '../histogram/arithmetic';
import { readonlyForm } from '../histogram/float-histogram';
import { trimHistogram } from '../histogram/trim';
import type { Annotations } from './annotations';

/** Power as Go computes it: 1 to any power is 1, so is -1 to an infinite one. */
export function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && (exponent === Infinity || exponent === -Infinity))) return 1;
  return base ** exponent;
}

/** Whether the operator makes a value of another meaning: then the metric's name goes. */
export function changesMeaning(op: BinaryOperator): boolean {
  return op === '+' || op === '-' || op === '*' || op === '/' || op === '%' || op === '^' || op === 'atan2';
}

/** A number for each arithmetic operator; comparisons give 1 or 0. */
export function scalarOperation(op: BinaryOperator): (left: number, right: number) => number {
  switch (op) {
    case '+':
      return (left, right) => left + right;
    case '-':
      return (left, right) => left - right;
    case '*':
      return (left, right) => left * right;
    case '/':
      return (left, right) => left / right;
    case '%':
      return (left, right) => left % right;
    case '^':
      return power;
    case 'atan2':
      return Math.atan2;
    case '</':
    case '>/':
      return () => {
        throw new PromqlExecutionError(`operator "${op}" not allowed for Scalar operations`);
      };
    default: {
      const compare = comparison(op);
      return (left, right) => (compare(left, right) ? 1 : 0);
    }
  }
}

/** Whether two numbers compare so. */
export function comparison(op: BinaryOperator): (left: number, right: number) => boolean {
  switch (op) {
    case '==':
      return (left, right) => left === right;
    case '!=':
      return (left, right) => left !== right;
    case '<':
      return (left, right) => left < right;
    case '>':
      return (left, right) => left > right;
    case '<=':
      return (left, right) => left <= right;
    case '>=':
      return (left, right) => left >= right;
    default:
      return () => false;
  }
}

/** The outcome of an operation where a histogram takes part. */
export interface MixedOutcome {
  /** A number only from comparisons of a number. */
  readonly result: NativeHistogram | number | undefined;
  /** A comparison's truth. */
  readonly keep: boolean;
}

const REFUSED: MixedOutcome = { result: undefined, keep: false };

/** Keeps a remark; of those of one step only the last is told. */
export type Remark = (write: (notes: Annotations, place: Place) => void) => void;

/** The last remark of each step of an operation. */
export class StepRemarks {
  private readonly bySteps = new Map<number, (notes: Annotations, place: Place) => void>();

  /** Where remarks of this step go. */
  at(step: number): Remark {
    return (write) => void this.bySteps.set(step, write);
  }

  tell(notes: Annotations, place: Place): void {
    for (const write of this.bySteps.values()) write(notes, place);
  }
}

/** An operation with at least one histogram, or a trim; with remarks where the kinds do not go together. */
export function mixedOperation(
  op: BinaryOperator,
  left: number | NativeHistogram,
  right: number | NativeHistogram,
  remark: Remark,
): MixedOutcome {
  const refuse = (): MixedOutcome => {
    const kindOf = (side: number | NativeHistogram): string => (typeof side === 'number' ? 'float' : 'histogram');
    remark((notes, place) => notes.incompatibleTypes(kindOf(left), op, kindOf(right), place));
    return REFUSED;
  };
  const kept = (result: NativeHistogram): MixedOutcome => ({ result, keep: true });
  if (typeof left === 'number') {
    if (typeof right === 'number' || op !== '*') return refuse();
    return kept(readonlyForm(right).copy().mul(left).compact().toNative());
  }
  if (typeof right === 'number') {
    const form = readonlyForm(left);
    if (op === '*') return kept(form.copy().mul(right).compact().toNative());
    if (op === '/') return kept(form.copy().div(right).compact().toNative());
    if (op === '</') return kept(trimHistogram(form.copy(), right, true).toNative());
    if (op === '>/') return kept(trimHistogram(form.copy(), right, false).toNative());
    return refuse();
  }
  switch (op) {
    case '+':
    case '-': {
      const result = readonlyForm(left).copy();
      const operation = op === '+' ? 'addition' : 'subtraction';
      try {
        const { resetCollision, boundsReconciled } = combine(result, readonlyForm(right), op === '+' ? 1 : -1);
        if (resetCollision) {
          remark((notes, place) => notes.resetCollision(operation, place));
          return REFUSED;
        }
        if (boundsReconciled) remark((notes, place) => notes.boundsReconciled(operation, place));
      } catch (error) {
        if (!(error instanceof IncompatibleSchemaError)) throw error;
        remark((notes, place) => notes.incompatibleBuckets(op, place));
        return REFUSED;
      }
      if (op === '-') result.withHint('gauge');
      return kept(result.compact().toNative());
    }
    case '==':
      return { result: left, keep: readonlyForm(left).equals(readonlyForm(right)) };
    case '!=':
      return { result: left, keep: !readonlyForm(left).equals(readonlyForm(right)) };
    default:
      return refuse();
  }
}
