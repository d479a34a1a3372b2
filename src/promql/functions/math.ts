import { defineFunction, defineMathFunction } from './function';

function sign(value: number): number {
  return value < 0 ? -1 : value > 0 ? 1 : value;
}

/** Between two bounds; a NaN stays or makes one, as in Go. */
function clamp(value: number, low: number, high: number): number {
  return larger(low, smaller(high, value));
}

/** The larger number; +Inf wins even over NaN, as in Go. */
function larger(a: number, b: number): number {
  return a === Infinity || b === Infinity ? Infinity : Math.max(a, b);
}

/** The smaller number; -Inf wins even over NaN, as in Go. */
function smaller(a: number, b: number): number {
  return a === -Infinity || b === -Infinity ? -Infinity : Math.min(a, b);
}

/** Mathematics, number by number. */
export const math = [
  defineMathFunction('abs', 'Absolute value.', Math.abs),
  defineMathFunction('ceil', 'Rounded up to an integer.', Math.ceil),
  defineMathFunction('floor', 'Rounded down to an integer.', Math.floor),
  defineMathFunction('exp', 'Exponential function.', Math.exp),
  defineMathFunction('sqrt', 'Square root.', Math.sqrt),
  defineMathFunction('ln', 'Natural logarithm.', Math.log),
  defineMathFunction('log2', 'Binary logarithm.', Math.log2),
  defineMathFunction('log10', 'Decimal logarithm.', Math.log10),
  defineMathFunction('sin', 'Sine of radians.', Math.sin),
  defineMathFunction('cos', 'Cosine of radians.', Math.cos),
  defineMathFunction('tan', 'Tangent of radians.', Math.tan),
  defineMathFunction('asin', 'Arcsine in radians.', Math.asin),
  defineMathFunction('acos', 'Arccosine in radians.', Math.acos),
  defineMathFunction('atan', 'Arctangent in radians.', Math.atan),
  defineMathFunction('sinh', 'Hyperbolic sine.', Math.sinh),
  defineMathFunction('cosh', 'Hyperbolic cosine.', Math.cosh),
  defineMathFunction('tanh', 'Hyperbolic tangent.', Math.tanh),
  defineMathFunction('asinh', 'Inverse hyperbolic sine.', Math.asinh),
  defineMathFunction('acosh', 'Inverse hyperbolic cosine.', Math.acosh),
  defineMathFunction('atanh', 'Inverse hyperbolic tangent.', Math.atanh),
  defineMathFunction('rad', 'Degrees to radians.', (value) => value * (Math.PI / 180)),
  defineMathFunction('deg', 'Radians to degrees.', (value) => value * (180 / Math.PI)),
  defineMathFunction('sgn', '1 for positive, -1 for negative numbers, 0 for 0.', sign),
  defineFunction({
    name: 'round',
    doc: 'Rounded to the nearest multiple, of 1 unless given; ties go up.',
    args: ['vector', 'scalar'],
    variadic: 1,
    body: {
      kind: 'float',
      eval: (value, [nearest = 1]) => {
        const inverse = 1 / nearest;
        return Math.floor(value * inverse + 0.5) / inverse;
      },
    },
  }),
  defineFunction({
    name: 'clamp_min',
    doc: 'At least the given minimum.',
    args: ['vector', 'scalar'],
    body: { kind: 'float', eval: (value, [low = NaN]) => clamp(value, low, Infinity) },
  }),
  defineFunction({
    name: 'clamp_max',
    doc: 'At most the given maximum.',
    args: ['vector', 'scalar'],
    body: { kind: 'float', eval: (value, [high = NaN]) => clamp(value, -Infinity, high) },
  }),
  defineFunction({
    name: 'clamp',
    doc: 'Between a minimum and a maximum; nothing when the minimum is the larger.',
    args: ['vector', 'scalar', 'scalar'],
    body: {
      kind: 'block',
      eval: async (context) => {
        const [input, lows, highs] = await Promise.all([context.vector(0), context.scalar(1), context.scalar(2)]);
        const output = context.newVector(input.labels);
        const { count } = context.steps;
        await context.slicer.inSlices(input.kinds.length, 1, (from, to) => {
          for (let cell = from; cell < to; cell++) {
            const low = lows[cell % count] ?? NaN;
            const high = highs[cell % count] ?? NaN;
            if (input.kinds[cell] !== 1 || high < low) continue;
            output.values[cell] = clamp(input.values[cell] ?? NaN, low, high);
            output.kinds[cell] = 1;
          }
        });
        return context.dropNames(output);
      },
    },
  }),
  defineFunction({
    name: 'pi',
    doc: 'The number π.',
    args: [],
    returns: 'scalar',
    body: { kind: 'constant', eval: () => Math.PI },
  }),
  defineFunction({
    name: 'min_of',
    doc: 'The smaller of two scalars.',
    args: ['scalar', 'scalar'],
    returns: 'scalar',
    experimental: true,
    body: { kind: 'scalar', eval: ([a = NaN, b = NaN]) => smaller(a, b) },
  }),
  defineFunction({
    name: 'max_of',
    doc: 'The larger of two scalars.',
    args: ['scalar', 'scalar'],
    returns: 'scalar',
    experimental: true,
    body: { kind: 'scalar', eval: ([a = NaN, b = NaN]) => larger(a, b) },
  }),
];
