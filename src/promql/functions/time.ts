import { Labels } from '../../domain/labels';
import { defineFunction } from './function';
import type { FunctionDefinition } from './function';

/** The calendar repeats after 400 years; in seconds. */
const CYCLE = 12_622_780_800;
const CYCLE_YEARS = 400;

/** A function of the UTC date that a number of seconds stands for, by default the instant of evaluation. */
function defineDateFunction(
  name: string,
  doc: string,
  read: (date: Date, yearsBefore: number) => number,
): FunctionDefinition {
  const evaluate = (seconds: number): number => {
    // What no 64-bit integer holds becomes the last instant of Go's calendar.
    const whole = Math.abs(seconds) < 2 ** 63 ? Math.trunc(seconds) : 2 ** 63;
    const within = ((whole % CYCLE) + CYCLE) % CYCLE;
    return read(new Date(within * 1000), ((whole - within) / CYCLE) * CYCLE_YEARS);
  };
  return defineFunction({
    name,
    doc,
    args: ['vector'],
    variadic: 1,
    varies: true,
    body: {
      kind: 'block',
      eval: async (context) => {
        const { start, step, count } = context.steps;
        if (context.call.args.length === 0) {
          const now = context.newVector([Labels.EMPTY]);
          for (let i = 0; i < count; i++) {
            now.values[i] = evaluate(Math.floor((start + i * step) / 1000));
            now.kinds[i] = 1;
          }
          return now;
        }
        const input = await context.vector(0);
        const output = context.newVector(input.labels);
        await context.slicer.inSlices(input.kinds.length, 1, (from, to) => {
          for (let cell = from; cell < to; cell++) {
            if (input.kinds[cell] !== 1) continue;
            output.values[cell] = evaluate(input.values[cell] ?? NaN);
            output.kinds[cell] = 1;
          }
        });
        return context.dropNames(output);
      },
    },
  });
}

const DAY = 86_400_000;

/** Time and dates, all in UTC. */
export const time = [
  defineFunction({
    name: 'time',
    doc: 'The instant of evaluation in seconds since the epoch.',
    args: [],
    returns: 'scalar',
    varies: true,
    body: { kind: 'constant', eval: (_, at) => at / 1000 },
  }),
  defineFunction({
    name: 'start',
    doc: 'Start of the query in seconds since the epoch.',
    args: [],
    returns: 'scalar',
    experimental: true,
    body: { kind: 'constant', eval: ({ start }) => start / 1000 },
  }),
  defineFunction({
    name: 'end',
    doc: 'End of the query in seconds since the epoch.',
    args: [],
    returns: 'scalar',
    experimental: true,
    body: { kind: 'constant', eval: ({ end }) => end / 1000 },
  }),
  defineFunction({
    name: 'range',
    doc: 'Length of the query in seconds.',
    args: [],
    returns: 'scalar',
    experimental: true,
    body: { kind: 'constant', eval: ({ start, end }) => (end - start) / 1000 },
  }),
  defineFunction({
    name: 'step',
    doc: 'Step of the query in seconds; 0 for an instant query.',
    args: [],
    returns: 'scalar',
    experimental: true,
    body: { kind: 'constant', eval: ({ start, end, step }) => (start === end ? 0 : step / 1000) },
  }),
  defineDateFunction('minute', 'Minute of the hour, 0 to 59.', (date) => date.getUTCMinutes()),
  defineDateFunction('hour', 'Hour of the day, 0 to 23.', (date) => date.getUTCHours()),
  defineDateFunction('day_of_week', 'Day of the week, 0 (Sunday) to 6.', (date) => date.getUTCDay()),
  defineDateFunction('day_of_month', 'Day of the month, 1 to 31.', (date) => date.getUTCDate()),
  defineDateFunction(
    'day_of_year',
    'Day of the year, 1 to 366.',
    (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY) + 1,
  ),
  defineDateFunction('days_in_month', 'Days of the month, 28 to 31.', (date) =>
    new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  ),
  defineDateFunction('month', 'Month of the year, 1 to 12.', (date) => date.getUTCMonth() + 1),
  defineDateFunction('year', 'Year.', (date, yearsBefore) => date.getUTCFullYear() + yearsBefore),
];
