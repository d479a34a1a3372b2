import { Draws } from '../testing/randomness';
import { relationOf } from './correlation';

const HOUR = 3_600_000;
const times = Array.from({ length: 168 }, (_, index) => index * HOUR);

/** A course with a trend, the time of day and memory of its own. */
function course(draws: Draws): number[] {
  let state = draws.normal();
  const slope = draws.normal();
  return times.map(
    (t) =>
      (state = 0.6 * state + draws.normal()) +
      (3 * slope * t) / (168 * HOUR) +
      4 * Math.sin((2 * Math.PI * t) / 86_400_000),
  );
}

test('courses that share a trend and the time of day alone are not related', () => {
  let found = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const relation = relationOf(times, course(new Draws(seed, 'a')), course(new Draws(seed, 'b')));
    if (relation !== undefined && relation.p < 0.01 && Math.abs(relation.strength) >= 0.35) found++;
  }
  expect(found).toBeLessThanOrEqual(4);
});

test.each([0, 2, 5])('a course that follows another %i steps later is found with its lag', (lag) => {
  const draws = new Draws(9, 'cause');
  const cause = course(draws);
  const effect = course(new Draws(10, 'noise')).map((value, index) => value * 0.5 + 2 * (cause[index - lag] ?? 0));
  const relation = relationOf(times, cause, effect);
  expect(relation).toMatchObject({ lag });
  expect(relation?.strength).toBeGreaterThan(0.6);
  expect(relation?.p).toBeLessThan(1e-6);
});

test('flat courses and short ones tell nothing', () => {
  expect(
    relationOf(
      times,
      times.map(() => 3),
      course(new Draws(1, 'x')),
    ),
  ).toBeUndefined();
  expect(relationOf([1, 2, 3], [1, 2, 3], [1, 2, 3])).toBeUndefined();
});
