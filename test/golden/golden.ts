import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const folder = __dirname;
const rewriting = process.env['GOLDEN'] === 'rewrite';

/** Holds a text against its golden file; `npm run golden` rewrites the file instead, for its change to be read. */
export function expectGolden(name: string, text: string): void {
  const file = join(folder, name);
  const whole = text.endsWith('\n') ? text : `${text}\n`;
  if (rewriting) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, whole);
  }
  expect(whole).toBe(readFileSync(file, 'utf8'));
}
