import { isDue, next } from './alert-state';
import type { AlertCell } from './alert-state';

const MINUTE = 60_000;

/** One character per minute: x = condition true; p F r . = state after it, r the evaluation that resolves. */
function play(timeline: string, timing: { for: number; keep: number; retention?: number }): string {
  const options = {
    holdFor: timing.for * MINUTE,
    keepFiringFor: timing.keep * MINUTE,
    resolvedRetention: (timing.retention ?? 15) * MINUTE,
  };
  let cell: AlertCell | undefined;
  return [...timeline]
    .map((mark, minute) => {
      const before = cell?.state;
      cell = next(cell, mark === 'x', minute * MINUTE, options);
      if (cell === undefined) return '.';
      if (cell.state === 'inactive') return before === 'firing' ? 'r' : '_';
      return cell.state === 'pending' ? 'p' : 'F';
    })
    .join('');
}

test.each([
  { name: 'fires at once without a hold', timeline: '.xx.', for: 0, keep: 0, want: '.FFr' },
  { name: 'waits for the hold', timeline: 'xxxx', for: 2, keep: 0, want: 'ppFF' },
  { name: 'a gap while pending starts over', timeline: 'x.xxx', for: 2, keep: 0, want: 'p.ppF' },
  {
    name: 'a hold shorter than the interval fires at the next evaluation',
    timeline: 'xxx',
    for: 0.5,
    keep: 0,
    want: 'pFF',
  },
  { name: 'resolved is remembered', timeline: 'x...', for: 0, keep: 0, want: 'Fr__' },
  { name: 'and forgotten after the retention', timeline: 'x.....', for: 0, keep: 0, retention: 2, want: 'Fr__..' },
  { name: 'fires anew with a new beginning', timeline: 'x.x', for: 0, keep: 0, want: 'FrF' },
  { name: 'fires anew only after the hold', timeline: 'xxx.xxx', for: 2, keep: 0, want: 'ppFrppF' },
  { name: 'keeps firing over a short gap', timeline: 'x.x', for: 0, keep: 2, want: 'FFF' },
  { name: 'keeps firing for its time and not longer', timeline: 'x...', for: 0, keep: 2, want: 'FFFr' },
  { name: 'a return clears the time', timeline: 'x.x..x', for: 0, keep: 2, want: 'FFFFFF' },
  { name: 'pending is not kept', timeline: 'x.x', for: 2, keep: 5, want: 'p.p' },
])('$name: $timeline gives $want', ({ timeline, want, ...timing }) => {
  expect(play(timeline, timing)).toBe(want);
});

const cell: AlertCell = {
  state: 'firing',
  activeAt: 0,
  firedAt: 0,
  resolvedAt: undefined,
  keepFiringSince: undefined,
  lastSentAt: undefined,
};
const timing = { holdFor: 0, keepFiringFor: 0, resolvedRetention: 15 * MINUTE };

test('a raised hold takes a firing alert back to pending', () => {
  expect(next({ ...cell, lastSentAt: 5 }, true, MINUTE, { ...timing, holdFor: 5 * MINUTE })).toMatchObject({
    state: 'pending',
    activeAt: 0,
    firedAt: undefined,
    lastSentAt: undefined,
  });
});

test('an end that was not told is remembered beyond the retention', () => {
  const resolved: AlertCell = { ...cell, state: 'inactive', resolvedAt: MINUTE, lastSentAt: 0 };
  expect(next(resolved, false, 100 * MINUTE, timing)).toBe(resolved);
  expect(next({ ...resolved, lastSentAt: 2 * MINUTE }, false, 100 * MINUTE, timing)).toBeUndefined();
});

test.each<[string, Partial<AlertCell>, number, boolean]>([
  ['pending is never due', { state: 'pending' }, 100, false],
  ['news are due', {}, 0, true],
  ['what was just sent is not', { lastSentAt: 0 }, 30_000, false],
  ['exactly the delay is not enough', { lastSentAt: 0 }, 60_000, false],
  ['beyond the delay is', { lastSentAt: 0 }, 60_001, true],
  ['an end is news', { state: 'inactive', resolvedAt: 50_000, lastSentAt: 40_000 }, 50_000, true],
  ['an end that was told is not', { state: 'inactive', resolvedAt: 50_000, lastSentAt: 50_000 }, 60_000, false],
])('%s', (_name, changes, at, want) => {
  expect(isDue({ ...cell, ...changes }, at, 60_000)).toBe(want);
});
