import { EpisodeRarity } from './episode-rarity';
import { rarityFor } from './score';
import { randomFrom } from './testing/generate';

/** Rarities of points that are as rare as they say. */
function learned(stretches: number, factor = 1): EpisodeRarity {
  const random = randomFrom(4);
  const episodes = new EpisodeRarity({ stretch: 60, capacity: 500 });
  for (let at = 0; at < 60 * stretches; at++) episodes.add(-Math.log10(1 - random()) * factor);
  return episodes;
}

test('a rarity that is right stays what it is, also far beyond what was seen', () => {
  const episodes = learned(400);
  for (const rarity of [3, 4, 5, 6]) expect(Math.abs((episodes.of(rarity) ?? 0) - rarity)).toBeLessThan(0.35);
});

test('a rarity that is told too high is taken down', () => {
  expect(learned(400, 2).of(8)).toBeCloseTo(4, 0);
});

test('nothing is known at first, nor of what is ordinary', () => {
  expect(learned(2).of(9)).toBeUndefined();
  expect(learned(100).of(1)).toBeUndefined();
  expect(learned(100).ordinary).toBeLessThan(3);
});

test('after an event of hours one like it is still an alarm', () => {
  const episodes = learned(400);
  for (let at = 0; at < 300; at++) episodes.add(7);
  expect(episodes.of(7)).toBeGreaterThan(rarityFor(0.5, 60_000));
});
