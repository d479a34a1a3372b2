import { array, assert, constantFrom, integer, option, property } from 'fast-check';
import { Labels } from '../../domain/labels';
import { next } from '../evaluation/alert-state';
import type { AlertCell } from '../evaluation/alert-state';
import { propose, replay, sweep } from './backtest';
import type { HistoryRow } from './backtest';

const MINUTE = 60_000;
const WEEK = 604_800_000;

/** One value per minute; `.` is no result. */
function row(text: string): HistoryRow {
  const values = text
    .split(' ')
    .flatMap((item, minute): [number, number][] => (item === '.' ? [] : [[minute * MINUTE, Number(item)]]));
  return { labels: Labels.of({ job: 'a' }), values: new Map(values) };
}

const window = (minutes: number) => ({ start: 0, end: minutes * MINUTE, step: MINUTE });

test.each([
  { name: 'a firing with its end and peak', text: '. 9 12 8 .', holdFor: 0, want: [[1, 1, 4, 12]] },
  { name: 'held', text: '. 9 12 8 .', holdFor: 2, want: [[1, 3, 4, 12]] },
  { name: 'held too long', text: '. 9 12 8 .', holdFor: 3, want: [] },
  {
    name: 'two firings',
    text: '9 . 7 .',
    holdFor: 0,
    want: [
      [0, 0, 1, 9],
      [2, 2, 3, 7],
    ],
  },
  { name: 'firing at the end', text: '. . 5', holdFor: 0, want: [[2, 2, undefined, 5]] },
])('$name', ({ text, holdFor, want }) => {
  const minutes = text.split(' ').length - 1;
  const firings = replay([row(text)], window(minutes), { holdFor: holdFor * MINUTE, keepFiringFor: 0 });
  const told = firings.map(({ activeAt, firedAt, resolvedAt, peak }) => [
    activeAt / MINUTE,
    firedAt / MINUTE,
    resolvedAt === undefined ? undefined : resolvedAt / MINUTE,
    peak,
  ]);
  expect(told).toEqual(want);
});

test('a sweep trades alerts against delay, and the quickest quiet combination is proposed', async () => {
  const measured = [row('1 9 1 9 1 9 9 9 9 9 1')];
  const rows = await sweep(measured, window(10), (a, b) => a > b, [5, 10], [0, 2 * MINUTE], 0);
  expect(rows.map(({ threshold, holdFor, firings, delay }) => [threshold, holdFor / MINUTE, firings, delay])).toEqual([
    [5, 0, 3, 0],
    [5, 2, 1, 2 * MINUTE],
    [10, 0, 0, undefined],
    [10, 2, 0, undefined],
  ]);
  expect(propose(rows, { start: 0, end: WEEK, step: MINUTE }, 1)).toMatchObject({ threshold: 5, holdFor: 2 * MINUTE });
  expect(propose(rows, { start: 0, end: WEEK, step: MINUTE }, 3)).toMatchObject({ threshold: 5, holdFor: 0 });
  expect(propose(rows, { start: 0, end: WEEK, step: MINUTE }, 0)).toBeUndefined();
});

test('a replay is what asking the state machine at every step gives', () => {
  const timing = (steps: number): number => steps * 20_000;
  assert(
    property(
      array(option(integer({ min: 0, max: 9 })), { maxLength: 60 }),
      constantFrom(0, 1, 3, 4, 10, 14),
      constantFrom(0, 1, 3, 4, 10, 14),
      (values, hold, keep) => {
        const options = { holdFor: timing(hold), keepFiringFor: timing(keep) };
        const stepped: (number | undefined)[][] = [];
        let cell: AlertCell | undefined;
        for (const [index, value] of values.entries()) {
          const following = next(cell, value !== null, index * MINUTE, { ...options, resolvedRetention: 0 });
          if (cell?.state === 'firing' && following?.state === 'inactive') {
            stepped.push([cell.activeAt, cell.firedAt, index * MINUTE]);
          }
          cell = following?.state === 'inactive' ? undefined : following;
        }
        if (cell?.state === 'firing') stepped.push([cell.activeAt, cell.firedAt, undefined]);
        const known = new Map(values.flatMap((value, index) => (value === null ? [] : [[index * MINUTE, value]])));
        const firings = replay([{ labels: Labels.of({}), values: known }], window(values.length - 1), options);
        expect(firings.map(({ activeAt, firedAt, resolvedAt }) => [activeAt, firedAt, resolvedAt])).toEqual(stepped);
      },
    ),
  );
});
