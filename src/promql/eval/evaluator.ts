import type { Labels } from '../../domain/labels';
import { unwrapParens } from '../ast';
import type { Call, Expr, Unary } from '../ast';
import { PromqlExecutionError } from '../errors';
import { functions } from '../functions';
import type { CallContext, FunctionBody } from '../functions/function';
import { readonlyForm } from '../histogram/float-histogram';
import { evalAggregate } from './aggregate';
import { evalBinary } from './binary';
import { broadcast, FLOAT, HISTOGRAM, newVector, NONE } from './block';
import type { Block, Steps, VectorBlock } from './block';
import type { QueryEnvironment } from './environment';
import { evalInfo } from './info';
import { evalInstantSelector } from './instant-selector';
import { isStepInvariant } from './invariance';
import { dropNames } from './label-maps';
import { evalRangeCall, rangeArgument } from './range-call';
import type { PartEvaluator } from './range-call';

/** What a question to one histogram costs, in cells. */
const HISTOGRAM_COST = 32;

/** Evaluates expressions node by node, each for all steps at once. */
export class Evaluator implements PartEvaluator {
  constructor(readonly environment: QueryEnvironment) {}

  /** @throws PromqlExecutionError, QueryLimitError, QueryTimeoutError, QueryCanceledError */
  async eval(expr: Expr, steps: Steps): Promise<Block> {
    if (steps.count > 1 && expr.kind !== 'number' && expr.kind !== 'string' && isStepInvariant(expr)) {
      const once = await this.evalNode(expr, { start: steps.start, step: steps.step, count: 1 });
      return broadcast(once, steps.count);
    }
    return this.evalNode(expr, steps);
  }

  async vector(expr: Expr, steps: Steps): Promise<VectorBlock> {
    const block = await this.eval(expr, steps);
    if (block.type !== 'vector') throw new PromqlExecutionError(`expected an instant vector, got a ${block.type}`);
    return block;
  }

  async scalar(expr: Expr, steps: Steps): Promise<Float64Array> {
    const block = await this.eval(expr, steps);
    if (block.type !== 'scalar') throw new PromqlExecutionError(`expected a scalar, got a ${block.type}`);
    return block.values;
  }

  private async evalNode(expr: Expr, steps: Steps): Promise<Block> {
    this.environment.budget.check();
    switch (expr.kind) {
      case 'number':
        return { type: 'scalar', values: new Float64Array(steps.count).fill(expr.value) };
      case 'string':
        return { type: 'string', value: expr.value };
      case 'paren':
        return this.eval(expr.expr, steps);
      case 'vector':
        return evalInstantSelector(this.environment, expr, steps);
      case 'unary':
        return this.unary(expr, steps);
      case 'binary':
        return evalBinary(this, expr, steps);
      case 'aggregate':
        return evalAggregate(this, expr, steps);
      case 'call':
        return this.call(expr, steps);
      case 'matrix':
      case 'subquery':
        throw new PromqlExecutionError('a range vector has no value of its own here');
    }
  }

  private async unary(node: Unary, steps: Steps): Promise<Block> {
    const block = await this.eval(node.expr, steps);
    if (node.op === '+' || block.type === 'string') return block;
    if (block.type === 'scalar') return { type: 'scalar', values: block.values.map((value) => -value) };
    const { budget, delayed } = this.environment;
    const negative: VectorBlock = { ...block, values: new Float64Array(block.values.length) };
    await budget.inSlices(block.values.length, 1, (from, to) => {
      for (let cell = from; cell < to; cell++) negative.values[cell] = -(block.values[cell] ?? NaN);
    });
    if (block.histograms !== undefined) {
      negative.histograms = block.histograms.map((histogram) =>
        histogram === undefined ? undefined : readonlyForm(histogram).copy().mul(-1).toNative(),
      );
    }
    return dropNames(negative, delayed, budget);
  }

  private async call(call: Call, steps: Steps): Promise<Block> {
    const { body } = functions.get(call.func);
    if (rangeArgument(call) !== undefined) return evalRangeCall(this, call, steps);
    switch (body.kind) {
      case 'constant': {
        const values = new Float64Array(steps.count);
        for (let i = 0; i < steps.count; i++) {
          values[i] = body.eval(this.environment.times, steps.start + i * steps.step);
        }
        return { type: 'scalar', values };
      }
      case 'scalar':
        return this.scalarCall(call, body, steps);
      case 'float':
        return this.floatCall(call, body, steps);
      case 'histogram':
        return this.histogramCall(call, body, steps);
      case 'block':
        return body.eval(this.contextOf(call, steps));
      case 'range':
        throw new PromqlExecutionError(`${call.func} needs a range vector`);
      case 'evaluator':
        return this.specialCall(call, steps);
    }
  }

  private async scalarCall(call: Call, body: Extract<FunctionBody, { kind: 'scalar' }>, steps: Steps): Promise<Block> {
    const scalars: Float64Array[] = [];
    for (const arg of call.args) scalars.push(await this.scalar(arg, steps));
    const values = new Float64Array(steps.count);
    for (let i = 0; i < steps.count; i++) values[i] = body.eval(scalars.map((own) => own[i] ?? NaN));
    return { type: 'scalar', values };
  }

  private async floatCall(call: Call, body: Extract<FunctionBody, { kind: 'float' }>, steps: Steps): Promise<Block> {
    const [first, ...others] = call.args;
    if (first === undefined) throw new PromqlExecutionError(`${call.func} needs a vector`);
    const input = await this.vector(first, steps);
    const scalars: Float64Array[] = [];
    for (const arg of others) scalars.push(await this.scalar(arg, steps));
    const output = this.environment.newVector(input.labels, steps.count);
    const args = new Array<number>(scalars.length);
    await this.environment.budget.inSlices(input.kinds.length, 1, (from, to) => {
      for (let cell = from; cell < to; cell++) {
        if (input.kinds[cell] !== FLOAT) continue;
        for (let a = 0; a < scalars.length; a++) args[a] = scalars[a]?.[cell % steps.count] ?? NaN;
        output.values[cell] = body.eval(input.values[cell] ?? NaN, args);
        output.kinds[cell] = FLOAT;
      }
    });
    return dropNames(output, this.environment.delayed, this.environment.budget);
  }

  private async histogramCall(
    call: Call,
    body: Extract<FunctionBody, { kind: 'histogram' }>,
    steps: Steps,
  ): Promise<Block> {
    const [first] = call.args;
    if (first === undefined) throw new PromqlExecutionError(`${call.func} needs a vector`);
    const input = await this.vector(first, steps);
    const output = this.environment.newVector(input.labels, steps.count);
    const { budget, delayed } = this.environment;
    await budget.inSlices(input.kinds.length, HISTOGRAM_COST, (from, to) => {
      for (let cell = from; cell < to; cell++) {
        const histogram = input.kinds[cell] === HISTOGRAM ? input.histograms?.[cell] : undefined;
        if (histogram === undefined) continue;
        output.values[cell] = body.eval(readonlyForm(histogram), histogram);
        output.kinds[cell] = FLOAT;
      }
    });
    return dropNames(output, delayed, budget);
  }

  private async specialCall(call: Call, steps: Steps): Promise<Block> {
    if (call.func === 'info') return evalInfo(this, call, steps);
    const [arg] = call.args;
    const inner = arg === undefined ? undefined : unwrapParens(arg);
    if (inner === undefined) throw new PromqlExecutionError(`${call.func} needs a vector`);
    return call.func === 'timestamp' ? this.timestamp(inner, steps) : this.startTimestamp(inner, steps);
  }

  /** Of a selector, when its samples were taken; of anything else, the instant of evaluation. */
  private async timestamp(arg: Expr, steps: Steps): Promise<Block> {
    const { delayed, budget } = this.environment;
    if (arg.kind === 'vector') {
      const once = arg.at === undefined ? steps : { ...steps, count: 1 };
      const times = await evalInstantSelector(this.environment, arg, once, 'time');
      await this.toSeconds(times);
      return dropNames(times, delayed, budget);
    }
    const input = await this.vector(arg, steps);
    const output = this.environment.newVector(input.labels, steps.count);
    await budget.inSlices(input.kinds.length, 1, (from, to) => {
      for (let cell = from; cell < to; cell++) {
        if (input.kinds[cell] === NONE) continue;
        output.values[cell] = (steps.start + (cell % steps.count) * steps.step) / 1000;
        output.kinds[cell] = FLOAT;
      }
    });
    return dropNames(output, delayed, budget);
  }

  /** Of a selector only; anything else is evaluated for its notes and errors, and gives nothing. */
  private async startTimestamp(arg: Expr, steps: Steps): Promise<Block> {
    if (arg.kind !== 'vector') {
      await this.vector(arg, steps);
      return newVector([], steps.count);
    }
    const once = arg.at === undefined ? steps : { ...steps, count: 1 };
    const starts = await evalInstantSelector(this.environment, arg, once, 'start');
    await this.toSeconds(starts);
    return dropNames(starts, this.environment.delayed, this.environment.budget);
  }

  private toSeconds({ values }: VectorBlock): Promise<void> {
    return this.environment.budget.inSlices(values.length, 1, (from, to) => {
      for (let cell = from; cell < to; cell++) values[cell] = (values[cell] ?? 0) / 1000;
    });
  }

  private contextOf(call: Call, steps: Steps): CallContext {
    const { environment } = this;
    const argument = (index: number): Expr => {
      const arg = call.args[index];
      if (arg === undefined) throw new PromqlExecutionError(`${call.func} lacks argument ${index + 1}`);
      return arg;
    };
    return {
      call,
      steps,
      notes: environment.notes,
      delayed: environment.delayed,
      argument: (index) => this.eval(argument(index), steps),
      vector: (index) => this.vector(argument(index), steps),
      scalar: (index) => this.scalar(argument(index), steps),
      slicer: environment.budget,
      dropNames: (block) => dropNames(block, environment.delayed, environment.budget),
      newVector: (labels: readonly Labels[]) => environment.newVector(labels, steps.count),
      remember: (labels, make) => environment.remember(call, [labels], make),
    };
  }
}
