import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { freePort } from '../harness/served-stack';

const root = join(__dirname, '..', '..');

async function play(scenario: string): Promise<{ code: number | null; text: string }> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [join(root, 'dist', 'cli', 'main.js'), 'demo', '--once', '--scenario', scenario, '--port', String(port)],
    { cwd: root },
  );
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { code, text };
}

test.each(['slow-model', 'exhausted-pool', 'runaway-tokens'])(
  'the demo plays %s through to its resolved notification',
  async (scenario) => {
    const { code, text } = await play(scenario);
    expect(text).toMatch(/Paged: webhook after [\d.]+ s, mail after [\d.]+ s/);
    expect(text).toMatch(/Told that it is over: webhook after [\d.]+ s, mail after [\d.]+ s/);
    expect(text).toMatch(/Subject: .*(SlowModel|ExhaustedPool|RunawayTokens)/);
    expect(code).toBe(0);
  },
  120_000,
);
