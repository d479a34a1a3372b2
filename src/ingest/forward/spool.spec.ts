import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Spool } from './spool';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'telltale-spool-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const body = (n: number, length = 100): Uint8Array => new Uint8Array(length).fill(n);
const segments = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.log'));

test('what was appended is found again, in order, with its body; what was settled is not', async () => {
  const { spool } = await Spool.open(folder, 250);
  const places = await Promise.all([1, 2, 3].map((n) => spool.append('traces', n, body(n))));
  places.push(await spool.append('logs', 4, body(4)));
  if (places[0] !== undefined) await spool.settle(places[0]);
  await spool.close();
  const again = await Spool.open(folder, 250);
  expect(again.found.map(({ signal, since }) => [signal, since])).toEqual([
    ['traces', 2],
    ['traces', 3],
    ['logs', 4],
  ]);
  const bodies = await Promise.all(again.found.map(({ place }) => again.spool.read(place)));
  expect(bodies.map(([first]) => first)).toEqual([2, 3, 4]);
  for (const { place } of again.found) await again.spool.settle(place);
  await again.spool.close();
  expect(segments()).toEqual([]);
  expect((await Spool.open(folder)).found).toEqual([]);
});

test('a record torn by a crash ends its segment; later ones go to another', async () => {
  const { spool } = await Spool.open(folder);
  const whole = await spool.append('metrics', 1, body(1));
  const torn = await spool.append('metrics', 2, body(2));
  await spool.close();
  truncateSync(join(folder, segments()[0] ?? ''), torn.offset + 50);
  const again = await Spool.open(folder);
  expect(again.found.map(({ place }) => place)).toEqual([whole]);
  await again.spool.append('metrics', 3, body(3));
  await again.spool.close();
  expect((await Spool.open(folder)).found.map(({ since }) => since)).toEqual([1, 3]);
});

test('segments that were sent whole are removed while others are written', async () => {
  const { spool } = await Spool.open(folder, 100);
  for (let n = 0; n < 10; n++) await spool.settle(await spool.append('traces', n, body(n)));
  expect(segments().length).toBeLessThanOrEqual(2);
  await spool.close();
});
