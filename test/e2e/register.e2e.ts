import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';

/** The compiled preload, as `npm run build` leaves it. */
const REGISTER = join(__dirname, '..', '..', 'dist', 'register.js');
const LIBRARY = join(__dirname, '..', '..', 'dist', 'index.js');

// Every run starts a Node process that loads the SDK.
jest.setTimeout(240_000);

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly spans: string[];
  readonly paths: string[];
  readonly output: string;
}

/** Runs a program with the preload against an OTLP receiver that keeps what it gets; `act` gets the running process. */
async function run(
  program: string,
  environment: Readonly<Record<string, string>>,
  signal?: NodeJS.Signals,
): Promise<Ended> {
  const spans: string[] = [];
  const paths: string[] = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      paths.push(request.url ?? '');
      for (const [, name] of body.matchAll(/"spanId":"[0-9a-f]+"[^}]*?"name":"([^"]+)"/g)) spans.push(name ?? '');
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  const folder = mkdtempSync(join(tmpdir(), 'register-'));
  const file = join(folder, 'app.js');
  writeFileSync(file, program.replaceAll('LIBRARY', JSON.stringify(LIBRARY)));
  const child = spawn(process.execPath, ['--require', REGISTER, file], {
    env: {
      PATH: process.env['PATH'] ?? '',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_SERVICE_NAME: 'registered',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (piece: Buffer) => {
    output += piece.toString();
    if (signal !== undefined && output.includes('ready')) child.kill(signal);
  });
  child.stderr.on('data', (piece: Buffer) => (output += piece.toString()));
  const ended = await new Promise<Pick<Ended, 'code' | 'signal'>>((resolve) =>
    child.on('exit', (code, by) => resolve({ code, signal: by })),
  );
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  rmSync(folder, { recursive: true });
  return { ...ended, spans, paths, output };
}

const APP = `
const { withSpan, withTool } = require(LIBRARY);
withSpan('outer', () => withTool('read_file', () => 1));
`;

const present = existsSync(REGISTER) ? describe : describe.skip;

present('the preload', () => {
  test('sends what waits before the process ends', async () => {
    const { code, spans, output } = await run(APP, {});
    expect(output).toBe('');
    expect(code).toBe(0);
    expect(spans.sort()).toEqual(['execute_tool read_file', 'outer']);
  });

  test('SIGTERM ends a server that has no handler, after sending', async () => {
    const server = `${APP}require('node:http').createServer().listen(0, () => console.log('ready'));`;
    const { signal, spans } = await run(server, {}, 'SIGTERM');
    expect(signal).toBe('SIGTERM');
    expect(spans).toContain('outer');
  });

  test('a handler of the application decides when it ends', async () => {
    const server = `${APP}
      const s = require('node:http').createServer().listen(0, () => console.log('ready'));
      process.on('SIGTERM', () => s.close(() => process.exit(7)));`;
    const { code } = await run(server, {}, 'SIGTERM');
    expect(code).toBe(7);
  });

  test('OTEL_ variables hold', async () => {
    expect((await run(APP, { OTEL_TRACES_SAMPLER: 'always_off' })).spans).toEqual([]);
    expect((await run(APP, { OTEL_SDK_DISABLED: 'true' })).spans).toEqual([]);
    expect((await run(APP, { OTEL_TRACES_EXPORTER: 'none' })).paths).toEqual([]);
    const printed = await run(APP, { OTEL_TRACES_EXPORTER: 'console' });
    expect(printed.output).toContain("name: 'outer'");
    expect(printed.paths).toEqual([]);
  });

  test('its own exports are not traced, requests of the application are', async () => {
    const client = `
      const http = require('node:http');
      const { withSpan } = require(LIBRARY);
      const s = http.createServer((q, r) => r.end('ok')).listen(0, '127.0.0.1', () =>
        withSpan('asks', () => http.get({ port: s.address().port, host: '127.0.0.1', path: '/x' }, (r) => {
          r.resume().on('end', () => s.close());
        })));`;
    const { spans } = await run(client, {});
    expect(spans.filter((name) => name === 'GET')).toHaveLength(2);
    expect(spans.filter((name) => name === 'POST')).toHaveLength(0);
  });

  test('a rejection that nobody handles ends the process as without us', async () => {
    const { code, output } = await run(
      `const { Instrument } = require(LIBRARY);
       const host = { async fails() { await null; throw new RangeError('unhandled'); } };
       const descriptor = { value: host.fails, configurable: true, writable: true };
       Instrument()(host, 'fails', descriptor);
       void descriptor.value.call(host);`,
      {},
    );
    expect(code).toBe(1);
    expect(output).toContain('RangeError: unhandled');
  });
});
