import fc from 'fast-check';
import { Labels } from '../../domain/labels';
import { Matcher, matchesAll } from '../../domain/matcher';
import { Inhibitor } from './inhibitor';
import type { InhibitRule } from './inhibitor';
import { MatcherIndex } from './matcher-index';

const name = fc.constantFrom('a', 'b', 'c');
const value = fc.constantFrom('', 'x', 'y', 'z');
const labels = fc.dictionary(name, value, { maxKeys: 3 }).map((record) => Labels.of(record));
const matcher = fc
  .tuple(
    name,
    fc.constantFrom('=' as const, '!=' as const, '=~' as const, '!~' as const),
    fc.constantFrom('', 'x', 'y', 'x|y', '.+'),
  )
  .map(([label, operator, text]) => new Matcher(label, operator, text));
const matchers = fc.array(matcher, { maxLength: 3 });
const SETTINGS = { seed: 4, numRuns: 300 };

test('the index finds what trying all finds', () => {
  fc.assert(
    fc.property(fc.array(matchers, { maxLength: 12 }), labels, (lists, set) => {
      const items = lists.map((list, id) => ({ id, matchers: list }));
      const found = new MatcherIndex(items)
        .find(set)
        .map(({ id }) => id)
        .sort();
      expect(found).toEqual(
        items
          .filter((item) => matchesAll(item.matchers, set))
          .map(({ id }) => id)
          .sort(),
      );
    }),
    SETTINGS,
  );
});

test('the inhibitor agrees with its definition', () => {
  const rule = fc.record({
    name: fc.constant('r'),
    source: matchers,
    target: matchers,
    equal: fc.uniqueArray(name).map((list) => list.sort()),
  });
  const alert = fc.record({ labels, endsAt: fc.constantFrom(5, 15) });
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 4 }),
      fc.array(alert, { maxLength: 6 }),
      labels,
      (rules, alerts, target) => {
        const inhibitor = new Inhibitor(rules);
        // Of equal labels the last update counts, as in the store.
        const stored = new Map(alerts.map((one) => [one.labels.key, one]));
        for (const one of alerts) inhibitor.update(one);
        const mutes = (given: InhibitRule): boolean =>
          matchesAll(given.target, target) &&
          [...stored.values()].some(
            (source) =>
              source.endsAt > 10 &&
              !source.labels.equals(target) &&
              matchesAll(given.source, source.labels) &&
              given.equal.every((label) => source.labels.get(label) === target.get(label)) &&
              !(matchesAll(given.target, source.labels) && matchesAll(given.source, target)),
          );
        expect(inhibitor.find(target, 10) !== undefined).toBe(rules.some(mutes));
      },
    ),
    SETTINGS,
  );
});
