import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commands } from '../../src/cli/commands';
import { runCommand } from '../../src/cli/run';
import { expectGolden } from './golden';

const FAULTY_CONFIG = `# A configuration with a fault of each kind.
server:
  prot: 4319
  host: 127.0.0.1
rules:
  files: alerts/*.yml
  interval: quickly
alerting:
  route: { receiver: ops }
  receivers:
    - name: team
      slack_configs: [{ channel: '#ops' }]
`;

const FAULTY_RULES = `groups:
  - name: assistant
    rules:
      - alert: SlowInference
        expr: histogram_quantile(0.95, sum by (le) (rate(gen_ai_client_operation_duration_seconds_bucket[5m])) > 4
      - alert: Cost
        expr: rate(process_resident_memory_bytes[15s]) > 5
        annotations: { summary: 'costs {{ $value | humanise }}' }
      - record: assistant:errors
        expression: sum(rate(errors_total[5m]))
      - alert: Tokens
        expr: sum(rate(gen_ai_client_token_usage_sum[5m])) > 1e5
        for: soon
`;

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'golden-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a person sees, the exit code included. */
async function transcript(...args: string[]): Promise<string> {
  let screen = '';
  const code = await runCommand(args, commands, () => ({
    out: (text) => void (screen += text),
    err: (text) => void (screen += text),
    readStdin: () => Promise.resolve(''),
    interactive: false,
    columns: 100,
    signal: new AbortController().signal,
    cwd: folder,
    stackUrl: 'http://127.0.0.1:59999',
  }));
  const text = screen.replaceAll(`${folder}/`, '').replaceAll(folder, '.');
  return `$ telltale ${args.join(' ')}\n${text}${text.endsWith('\n') || text === '' ? '' : '\n'}# exit code ${code}\n`;
}

test('help, of all verbs', async () => {
  const pages = [await transcript('--help')];
  for (const { name } of commands) pages.push(await transcript(name, '--help'));
  expectGolden('cli/help.txt', pages.join('\n'));
});

test('a faulty configuration', async () => {
  writeFileSync(join(folder, 'telltale.yaml'), FAULTY_CONFIG);
  expectGolden('cli/config-faults.txt', await transcript('config'));
  rmSync(join(folder, 'telltale.yaml'));
});

test('a faulty rule file', async () => {
  writeFileSync(join(folder, 'rules.yml'), FAULTY_RULES);
  expectGolden('cli/check.txt', await transcript('check', 'rules.yml'));
});

test('wrong use, and a stack that is not there', async () => {
  const pages = [await transcript('chekc'), await transcript('query', 'up'), await transcript('silence', 'expire')];
  expectGolden('cli/wrong-use.txt', pages.join('\n'));
});
