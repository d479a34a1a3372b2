import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand } from '../../run';
import { assistants } from './assistants';
import { diffLines } from './diff';
import { doctor } from './index';
import { getJsonc, setJsonc } from './jsonc';
import { getTomlValue, setTomlTable } from './toml-table';

describe('settings in JSON with comments', () => {
  test.each([
    ['an empty file', '', ['a', 'b'], 1, '{\n  "a": {\n    "b": 1\n  }\n}\n'],
    ['an empty object', '{}', ['a'], true, '{\n  "a": true\n}'],
    [
      'a new key, with the indent of its neighbours',
      '{\n    "x": 1 // mine\n}\n',
      ['a'],
      'v',
      '{\n    "x": 1,\n    "a": "v" // mine\n}\n',
    ],
    ['a key that is there', '{ "a": [1, {"b": "}"}], /* c */ "d": 2 }', ['a'], null, '{ "a": null, /* c */ "d": 2 }'],
    ['a key within', '{"a": {"b": "x"}}', ['a', 'b'], 'y', '{"a": {"b": "y"}}'],
    ['a trailing comma', '{\n  "a": 1,\n}', ['b'], 2, '{\n  "a": 1,\n  "b": 2,\n}'],
    ['dots in a key', '{}', ['a.b'], 1, '{\n  "a.b": 1\n}'],
  ])('%s', (_name, text, path, value, want) => {
    const edited = setJsonc(text, path, value);
    expect(edited).toBe(want);
    expect(getJsonc(edited, path)).toBe(value);
  });

  test.each([
    ['a list', '[1]'],
    ['an open brace', '{"a": 1'],
    ['no key', '{1: 2}'],
  ])('%s is refused', (_name, text) => {
    expect(() => setJsonc(text, ['b'], 1)).toThrow(/the settings are not/);
  });
});

test('a TOML table is set, its other keys and tables kept', () => {
  const text =
    'model = "o3"\n\n[otel]\nenvironment = "dev"\nexporter = "none"\n\n[otel.exporter.otlp-http]\nendpoint = "x"\n\n[tui]\ntheme = "dark"\n';
  const edited = setTomlTable(text, 'otel', { exporter: '"new"', log_user_prompt: 'false' });
  expect(edited).toBe(
    'model = "o3"\n\n[otel]\nexporter = "new"\nlog_user_prompt = false\nenvironment = "dev"\n\n[tui]\ntheme = "dark"\n',
  );
  expect(getTomlValue(edited, 'otel', 'exporter')).toBe('"new"');
  expect(setTomlTable('', 'otel', { exporter: '1' })).toBe('[otel]\nexporter = 1\n');
});

test('a difference shows what goes and what comes', () => {
  expect(diffLines('a\nb\nc\nd\n', 'a\nb\nx\nd\n')).toEqual(['  a', '  b', '- c', '+ x', '  d']);
});

describe('the verb', () => {
  let home: string;
  beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'telltale-doctor-'))));
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const call = async (...args: string[]) => {
    let out = '';
    let err = '';
    const code = await runCommand(
      ['doctor', '--home', home, '--grpc', 'http://127.0.0.1:9', ...args],
      [doctor],
      () => ({
        out: (text) => void (out += text),
        err: (text) => void (err += text),
        readStdin: () => Promise.resolve(''),
        interactive: false,
        columns: 100,
        signal: new AbortController().signal,
        cwd: home,
        // Nothing listens there.
        stackUrl: 'http://127.0.0.1:9',
      }),
    );
    return { code, out, err };
  };

  test('says what is missing, writes it when told to, and brings back what was there', async () => {
    const paths = assistants.map((assistant) => assistant.path(home, process.platform));
    const [claude = ''] = paths;
    mkdirSync(dirname(claude), { recursive: true });
    writeFileSync(claude, '{\n  "model": "opus"\n}\n');

    const before = await call();
    expect(before.code).toBe(1);
    expect(before.out).toContain('✗ claude-code');
    expect(before.out).toContain('env.OTEL_LOGS_EXPORTER is not set');
    expect(before.out).toMatch(
      /✗ stack: no stack answers at http:\/\/127\.0\.0\.1:9 \(.+\); start one with "telltale serve"/,
    );
    expect(before.out).toMatch(/✗ grpc: nothing listens at http:\/\/127\.0\.0\.1:9 \(/);
    expect(before.out).toMatch(/✗ codex: .*\.codex is not there: .*Codex.* was not used by this user/);

    const asked = await call('--fix');
    expect(asked.err).toContain('+     "OTEL_LOGS_EXPORTER": "otlp"');
    expect(readFileSync(claude, 'utf8')).toBe('{\n  "model": "opus"\n}\n');

    const fixed = await call('--fix', '--yes', '--json');
    const outcomes = JSON.parse(fixed.out) as { check: string; ok: boolean }[];
    expect(outcomes.filter(({ ok }) => ok).map(({ check }) => check)).toEqual([
      'claude-code',
      'codex',
      'gemini-cli',
      'copilot',
    ]);
    expect(paths.every((path) => existsSync(path))).toBe(true);
    const written = JSON.parse(readFileSync(claude, 'utf8')) as { model: string; env: Record<string, string> };
    expect(written.model).toBe('opus');
    expect(written.env['OTEL_EXPORTER_OTLP_ENDPOINT']).toBe('http://127.0.0.1:4318');

    expect((await call()).out).toContain('✓ codex');
    expect((await call('--undo')).code).toBe(0);
    expect(readFileSync(claude, 'utf8')).toBe('{\n  "model": "opus"\n}\n');
    expect(paths.slice(1).some((path) => existsSync(path))).toBe(false);
  });

  test('does not undo over a change of somebody else', async () => {
    await call('claude-code', '--fix', '--yes');
    const [claude] = assistants;
    writeFileSync(claude?.path(home, process.platform) ?? '', '{}');
    const undone = await call('claude-code', '--undo');
    expect(undone.code).toBe(1);
    expect(undone.err).toContain('was changed since');
  });

  test('an unknown assistant is wrong use', async () => {
    const { code, err } = await call('clippy');
    expect(code).toBe(2);
    expect(err).toContain('no assistant "clippy"; known: claude-code, codex, gemini-cli, copilot');
  });
});
