import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock';
import { findProgram } from '../harness/find-program';
import { freePort, serve, temporaryFolder } from '../harness/served-stack';
import type { ServedStack } from '../harness/served-stack';

const prometheus = findProgram('prometheus');
if (prometheus === undefined) process.stdout.write('prometheus is not on the PATH: its tests are skipped\n');

const suite = prometheus === undefined ? describe.skip : describe;

/** Routes that are asked of both. */
const ROUTES = [
  'status/config',
  'status/walreplay',
  'status/runtimeinfo',
  'status/buildinfo',
  'status/tsdb',
  'scrape_pools',
  'targets',
  'targets/metadata?limit=1',
  'targets/metadata?limit=1&metric=process_resident_memory_bytes',
  'targets/metadata?limit=x',
  'targets/metadata?match_target=x%7B',
  'alertmanagers',
  'notifications',
];

suite('what a server tells of itself', () => {
  const folder = temporaryFolder();
  const ourFolder = temporaryFolder();
  let child: ChildProcess;
  let stack: ServedStack;
  let theirs: string;

  beforeAll(async () => {
    const port = await freePort();
    theirs = `http://127.0.0.1:${port}/api/v1`;
    writeFileSync(
      join(folder, 'prometheus.yml'),
      `
alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:1']}]}]}
scrape_configs: [{job_name: self, scrape_interval: 1s, static_configs: [{targets: ['127.0.0.1:${port}']}]}]
`,
    );
    child = spawn(
      prometheus ?? '',
      [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    // Its own address is known only when it runs: it scrapes the peer, which shows the same kinds of metrics.
    writeFileSync(
      join(ourFolder, 'telltale.yaml'),
      `scrape: {jobs: [{job_name: self, scrape_interval: 1s, static_configs: [{targets: ['127.0.0.1:${port}']}]}]}\n`,
    );
    stack = await serve(ourFolder);
    for (const url of [theirs, `${stack.url}/api/v1`]) {
      // Their metadata comes with the first scrape that succeeds.
      while (!(await bodyOf(`${url}/targets/metadata`)).text.includes('process_resident_memory_bytes')) {
        await systemClock.sleep(200);
      }
    }
  }, 120_000);

  afterAll(async () => {
    await stack.end();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  });

  test.each(ROUTES)('%s has their shape', async (route) => {
    const own = await bodyOf(`${stack.url}/api/v1/${route}`);
    const peer = await bodyOf(`${theirs}/${route}`);
    expect(own.status).toBe(peer.status);
    expect(shapeOf(JSON.parse(own.text))).toMatchObject(Object(shapeOf(JSON.parse(peer.text))) as object);
  });
});

async function bodyOf(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(url).catch(() => undefined);
  return { status: response?.status ?? 0, text: (await response?.text()) ?? '' };
}

/** Objects by key, lists by their first entry, all else by its kind. Maps from names to numbers keep their kind only. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    ['labels', 'discoveredLabels', 'target', 'droppedTargetCounts'].includes(key) ? 'map' : shapeOf(inner),
  ]);
  return Object.fromEntries(entries);
}
