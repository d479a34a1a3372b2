import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The built product; `DIST_UNDER_TEST` names a build that stands elsewhere. */
const dist = process.env['DIST_UNDER_TEST'] ?? join(__dirname, '..', '..', 'dist');
/** The command line of the built product. */
export const cli = join(dist, 'cli', 'main.js');

/** `telltale serve` as a process of its own. */
export interface ServedStack {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly process: ChildProcess;
  /** What it wrote to standard error so far. */
  log(): string;
  /** Ends it by a signal; resolves with its exit code, null after a kill. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Starts a stack and waits until it is ready. OTLP has ports of its own only where the arguments name one. */
export async function serve(dataDir: string, args: readonly string[] = []): Promise<ServedStack> {
  const port = await freePort();
  const ownPorts = args.some((arg) => arg.startsWith('--otlp-')) ? [] : ['--no-otlp-ports'];
  const child = spawn(
    process.execPath,
    [cli, 'serve', '--data', dataDir, '--port', String(port), ...ownPorts, ...args],
    { cwd: dataDir, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = `http://127.0.0.1:${port}`;
  const limit = Date.now() + 120_000;
  for (;;) {
    if (child.exitCode !== null || Date.now() > limit) throw new Error(`the stack did not become ready:\n${log}`);
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    port,
    dataDir,
    process: child,
    log: () => log,
    end: (signal = 'SIGTERM') => {
      child.kill(signal);
      return exited;
    },
  };
}

/** A folder that is gone after the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
