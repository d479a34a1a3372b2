import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { seededRandom } from '../../base/ids';
import { decompress } from './decompress';

const LIMIT = 16_000_000;
const random = seededRandom(7);
/** Compresses well, and no piece of it is like another. */
const large = Buffer.from(Array.from({ length: 400_000 }, () => random().toFixed(8)).join(','));
const LARGE = large.subarray(0, 4_000_003);

test.each([
  ['gzip', gzipSync(LARGE, { level: 1 })],
  ['gzip', Buffer.concat([gzipSync(LARGE.subarray(0, 9)), gzipSync(LARGE.subarray(9), { level: 1 })])],
  ['deflate', deflateSync(LARGE, { level: 1 })],
  ['deflate', deflateRawSync(LARGE, { level: 1 })],
])('a large body comes out whole, in memory of its own (%s)', async (encoding, packed) => {
  const whole = await decompress(packed, encoding, LIMIT);
  expect(whole.equals(LARGE)).toBe(true);
  expect(whole.byteLength).toBe(whole.buffer.byteLength);
});

test('putting a large body together leaves turns to others', async () => {
  let turns = 0;
  let running = true;
  const count = (): void => {
    turns++;
    if (running) setImmediate(count);
  };
  const packed = gzipSync(Buffer.alloc(LIMIT));
  const done = decompress(packed, 'gzip', LIMIT);
  setImmediate(count);
  const { length } = await done;
  running = false;
  expect(length).toBe(LIMIT);
  // One for each piece that comes out (16 KB: the body is small), and one for each megabyte laid end to end.
  expect(turns).toBeGreaterThan(LIMIT / 1_048_576);
});

test.each([
  ['nothing', gzipSync(''), 0],
  ['what just fits', gzipSync(Buffer.alloc(1000)), 1000],
])('%s', async (_what, packed, length) => {
  expect(await decompress(packed, ' GZip ', 1000)).toHaveLength(length);
});

test.each([
  ['a byte too many', gzipSync(Buffer.alloc(1001)), 'gzip', 413],
  ['cut short', gzipSync(LARGE.subarray(0, 900)).subarray(0, -20), 'gzip', 400],
  ['no compression', Buffer.from('plain'), 'deflate', 400],
  ['an unknown encoding', Buffer.alloc(0), 'br', 415],
])('%s is refused', async (_what, packed, encoding, status) => {
  await expect(decompress(packed, encoding, 1000)).rejects.toMatchObject({ status });
});
