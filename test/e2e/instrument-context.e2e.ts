import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OtlpInbox, toObject } from '../harness/otlp-inbox';
import type { ChildProcess } from 'node:child_process';

const DIST = process.env['TELLTALE_DIST'] ?? join(__dirname, '..', '..', 'dist');

/** Two services, each a process with the preload: one is asked over HTTP by the other. */
const ASKED = `
const { withSpan } = require(LIBRARY);
const server = require('node:http').createServer((request, response) => {
  withSpan('work', () => response.end('done'));
}).listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
process.on('SIGTERM', () => server.close());
`;
const ASKING = `
const { addContext, withSpan } = require(LIBRARY);
withSpan('turn', async () => {
  addContext({ 'tenant.id': 'acme' });
  const response = await fetch('http://127.0.0.1:' + process.argv[2] + '/ask');
  console.log(await response.text());
});
`;

jest.setTimeout(240_000);

test('facts added in one service are attributes in the one it asks, within the same trace', async () => {
  const inbox = new OtlpInbox();
  await inbox.start();
  const folder = mkdtempSync(join(tmpdir(), 'context-'));
  const run = (name: string, program: string, ...args: readonly string[]): ChildProcess => {
    const file = join(folder, `${name}.js`);
    writeFileSync(file, program.replaceAll('LIBRARY', JSON.stringify(join(DIST, 'index.js'))));
    return spawn(process.execPath, ['--require', join(DIST, 'register.js'), file, ...args], {
      env: {
        PATH: process.env['PATH'] ?? '',
        OTEL_SERVICE_NAME: name,
        OTEL_EXPORTER_OTLP_ENDPOINT: inbox.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  };
  const said = (child: ChildProcess): Promise<string> =>
    new Promise((resolve) => child.stdout?.once('data', (piece: Buffer) => resolve(piece.toString().trim())));
  const ended = (child: ChildProcess): Promise<unknown> => new Promise((resolve) => child.once('exit', resolve));

  const asked = run('asked', ASKED);
  const port = (await said(asked)).replace('port ', '');
  const asking = run('asking', ASKING, port);
  const askingEnded = ended(asking);
  expect(await said(asking)).toBe('done');
  await askingEnded;
  const askedEnded = ended(asked);
  asked.kill('SIGTERM');
  await askedEnded;

  const named = (name: string) => inbox.spans().find((span) => span.name === name);
  const [turn, client, server, work] = ['turn', 'GET', 'GET', 'work'].map((name, at) =>
    at === 2 ? inbox.spans().find((span) => span.name === 'GET' && span.spanId !== named('GET')?.spanId) : named(name),
  );
  const traceIds = [turn, client, server, work].map((span) => span?.traceId);
  expect(traceIds[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(traceIds).size).toBe(1);
  expect(toObject(turn?.attributes)).toMatchObject({ 'tenant.id': 'acme' });
  expect(toObject(work?.attributes)).toMatchObject({ 'tenant.id': 'acme' });
  await inbox.stop();
  rmSync(folder, { recursive: true });
});
