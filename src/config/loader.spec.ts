import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { duration } from '../base/duration';
import { InvalidConfigError } from './faults';
import { loadWith } from './loader';

const schema = z.strictObject({
  data: z.string().default('./.telltale'),
  server: z.strictObject({ host: z.string().default('127.0.0.1'), port: z.number().int().default(4319) }).prefault({}),
  rules: z
    .strictObject({ files: z.array(z.string()).default(['alerts/*.yml']), interval: duration.default(60_000) })
    .prefault({}),
  routes: z.array(z.strictObject({ receiver: z.string(), groupBy: z.array(z.string()).default([]) })).default([]),
});

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'config-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function load(text: string, environment: Record<string, string> = {}): unknown {
  const file = join(folder, 'telltale.yaml');
  writeFileSync(file, text);
  return loadWith(schema, { file, environment });
}

function faultsOf(text: string, environment: Record<string, string> = {}): string[] {
  try {
    load(text, environment);
  } catch (error) {
    if (error instanceof InvalidConfigError) return error.message.replaceAll(`${folder}/`, '').split('\n');
    throw error;
  }
  return [];
}

test('everything has a default', () => {
  expect(load('')).toEqual({
    data: './.telltale',
    server: { host: '127.0.0.1', port: 4319 },
    rules: { files: ['alerts/*.yml'], interval: 60_000 },
    routes: [],
  });
});

test('the environment wins over the file, the command line over both', () => {
  const file = join(folder, 'order.yaml');
  writeFileSync(file, 'server: {port: 1, host: a}\nrules: {interval: 5s}\n');
  const config = loadWith(schema, {
    file,
    environment: { TELLTALE_PORT: '2', TELLTALE_HOST: 'b', TELLTALE__RULES__INTERVAL: '7s', HOME: '/' },
    overrides: [{ path: ['server', 'port'], value: 3 }],
  });
  expect(config).toMatchObject({ server: { port: 3, host: 'b' }, rules: { interval: 7000 } });
});

test.each([
  ['a misspelt key', 'server:\n  prot: 1\n', ['telltale.yaml:2:3: server: unknown key "prot"; did you mean "port"?']],
  [
    'an unknown key',
    'colour: red\n',
    ['telltale.yaml:1:1: unknown key "colour"; known here: data, routes, rules, server'],
  ],
  [
    'a wrong type',
    'server:\n  port: many\n',
    ['telltale.yaml:2:9: server.port: Invalid input: expected number, received string'],
  ],
  [
    'a bad duration',
    'rules: {interval: 5 minutes}\n',
    ['telltale.yaml:1:19: rules.interval: "5 minutes" is not a duration; write for example 30s, 5m or 1h30m'],
  ],
  [
    'a key missing in a list',
    'routes:\n  - groupBy: [a]\n',
    ['telltale.yaml:2:5: routes.0.receiver: Invalid input: expected string, received undefined'],
  ],
  [
    'a misspelt key in a list',
    'routes:\n  - receiver: a\n    group_by: [a]\n',
    ['telltale.yaml:3:5: routes.0: unknown key "group_by"; did you mean "groupBy"?'],
  ],
  ['a duplicate key', 'data: a\ndata: b\n', ['telltale.yaml:2:1: Map keys must be unique']],
  [
    'several at once, in the order of the file',
    'data: 1\nserver:\n  port: x\n  hots: y\n',
    [
      'telltale.yaml:1:7: data: Invalid input: expected string, received number',
      'telltale.yaml:3:9: server.port: Invalid input: expected number, received string',
      'telltale.yaml:4:3: server: unknown key "hots"; did you mean "host"?',
    ],
  ],
])('%s', (_name, text, want) => {
  expect(faultsOf(text)).toEqual(want);
});

test.each([
  ['a misspelt variable', { TELLTALE_PROT: '1' }, ['TELLTALE_PROT: unknown variable; did you mean "TELLTALE_PORT"?']],
  [
    'a bad value',
    { TELLTALE_PORT: 'x' },
    ['TELLTALE_PORT: server.port: Invalid input: expected number, received string'],
  ],
  [
    'an unknown path',
    { TELLTALE__RULES__INTERVALL: '1s' },
    ['TELLTALE__RULES__INTERVALL: no key "intervall" in rules; did you mean "interval"?'],
  ],
])('environment: %s', (_name, environment, want) => {
  expect(faultsOf('', environment)).toEqual(want);
});

test('a file that is not there', () => {
  expect(() => loadWith(schema, { file: join(folder, 'absent.yaml'), environment: {} })).toThrow(
    /absent\.yaml: cannot be read/,
  );
});
