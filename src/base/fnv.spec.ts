import { fnv1a64 } from './fingerprint';
import { Fnv1a64 } from './fnv';
import { seededRandom } from './ids';

test('both forms of the hash agree', () => {
  const random = seededRandom(7);
  const texts = ['', 'foo', 'ÿ\u{ff}', '🙂 x', 'a'.repeat(300)];
  for (let i = 0; i < 200; i++) {
    texts.push(
      Array.from({ length: Math.floor(random() * 40) }, () => String.fromCharCode(Math.floor(random() * 500) + 1)).join(
        '',
      ),
    );
  }
  for (const text of texts) {
    const hash = new Fnv1a64();
    hash.text(text);
    hash.byte(0xff);
    const bytes = Buffer.concat([Buffer.from(text, 'utf8'), Buffer.from([0xff])]);
    expect([text, hash.hex()]).toEqual([text, fnv1a64(bytes).toString(16).padStart(16, '0')]);
  }
});
