import { maskInPieces } from './long-texts';
import { maskSecrets } from './secrets';

/** Words of which long texts are made: credentials, and what looks as if one began. */
const WORDS = [
  ...[
    'password = hunter22222',
    'api_key:\n  "abcdef123456"',
    'Bearer  abcdefghijklmnopqrstuv',
    'sk-ant-abcdefghijklmnopqrst',
  ],
  ...['-----BEGIN RSA PRIVATE KEY-----\nMIIE abc def\n-----END RSA PRIVATE KEY-----', 'postgres://u:pass@h/d'],
  ...['the password', 'token', 'a = b', '{"key": "v"}', 'basic', 'plain words of no meaning', '\n\n', 'x'.repeat(300)],
];

test.each([1, 2, 3, 4])('in pieces a text is masked as it is whole (seed %d)', async (seed) => {
  let state = seed;
  const next = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff);
  let text = '';
  while (text.length < 120_000) text += `${WORDS[(next() >> 8) % WORDS.length]}${next() & 0x4000 ? ' ' : '\n'}`;
  const [whole, pieces]: [string[], string[]] = [[], []];
  let pauses = 0;
  const pause = (): Promise<void> => {
    pauses++;
    return Promise.resolve();
  };
  const masked = await maskInPieces(text, (name) => pieces.push(name), pause);
  expect(masked).toBe(maskSecrets(text, (name) => whole.push(name)));
  expect(pieces.sort()).toEqual(whole.sort());
  expect(pauses).toBeGreaterThan(4);
});
