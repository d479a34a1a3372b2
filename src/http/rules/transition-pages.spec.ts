import type { Transition } from '../../rules';
import { transitionPage } from './transition-pages';

/** 5,000 transitions, newest first; many share an instant. */
const rows = Array.from({ length: 5000 }, (_, index): Transition => ({
  t: 10_000 - Math.floor(index / 700),
  file: 'a.yml',
  group: index % 2 === 0 ? 'even' : 'odd',
  rule: `R${index % 5}`,
  labels: { i: String(index) },
  from: 'pending',
  to: index % 3 === 0 ? 'firing' : 'inactive',
  value: 1,
  activeAt: 0,
}));
const rules = {
  history: (start: number, end: number, limit: number) =>
    Promise.resolve(rows.filter(({ t }) => t >= start && t <= end).slice(0, limit)),
};
const all = { rule: undefined, group: undefined, state: undefined };

test.each([
  ['every transition', all, 300],
  ['one rule', { ...all, rule: 'R3' }, 7],
  ['one group and state', { ...all, group: 'odd', state: 'firing' }, 100],
  ['in one page', all, 10_000],
])('pages of %s hold each once, in order', async (_name, filter, limit) => {
  const found: string[] = [];
  let after: string | undefined;
  do {
    const page = await transitionPage(rules, 0, 20_000, limit, filter, after);
    expect(page.transitions.length).toBeLessThanOrEqual(limit);
    found.push(...page.transitions.map(({ labels }) => labels['i'] ?? ''));
    after = page.next ?? undefined;
  } while (after !== undefined);
  const want = rows.filter(
    ({ rule, group, to }) =>
      rule === (filter.rule ?? rule) && group === (filter.group ?? group) && to === (filter.state ?? to),
  );
  expect(found).toEqual(want.map(({ labels }) => labels['i']));
});

test('what is not the next of a page is refused', async () => {
  await expect(transitionPage(rules, 0, 1, 10, all, 'x')).rejects.toThrow(/"after" is "x"/);
});
