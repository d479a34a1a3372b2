import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogFields, Logger } from '../base/logger';
import { silentLogger } from '../base/logger';
import { ManualClock } from '../base/testing/manual-clock';
import { loadConfig } from '../config';
import type { StackConfig } from '../config';
import { Reload } from './reload';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'telltale-reload-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function reloadOf(parts: (config: StackConfig) => Promise<unknown>) {
  const warnings: (LogFields | undefined)[] = [];
  const logger: Logger = { ...silentLogger, warn: (_text, fields) => void warnings.push(fields) };
  const read = (): StackConfig => loadConfig({ cwd: folder, environment: {} });
  const write = (yaml: string): void => writeFileSync(join(folder, 'telltale.yaml'), yaml);
  write('rules: {files: [a.yml]}');
  return {
    write,
    warnings,
    reload: new Reload(read(), read, [{ name: 'rules', reload: parts }], logger, new ManualClock(1000)),
  };
}

test('parts get what the file says now; what cannot change while running is named', async () => {
  const seen: (readonly string[])[] = [];
  const { write, warnings, reload } = reloadOf((config) => Promise.resolve(seen.push(config.rules.files)));
  write('rules: {files: [b.yml]}\nserver: {port: 5000}');
  expect(await reload.run()).toEqual([]);
  expect(seen).toEqual([['b.yml']]);
  expect(warnings).toEqual([{ sections: 'server' }]);
  // What waits for a restart is not in effect.
  expect(reload.effective.rules.files).toEqual(['b.yml']);
  expect(reload.effective.server.port).not.toBe(5000);
  expect(reload.last).toEqual({ at: 1000, successful: true });
});

test('a faulty file reaches no part, and a part that refuses is named', async () => {
  let calls = 0;
  const { write, reload } = reloadOf(() => {
    calls++;
    return Promise.reject(new Error('no such file'));
  });
  write('rules: {files: 5}');
  expect(await reload.run()).toEqual([expect.stringMatching(/^configuration: .*rules\.files/s)]);
  expect(calls).toBe(0);
  write('rules: {files: [c.yml]}');
  expect(await reload.run()).toEqual(['rules: no such file']);
  expect(reload.effective.rules.files).toEqual(['a.yml']);
  expect(reload.last.successful).toBe(false);
});
