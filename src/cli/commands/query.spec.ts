import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { renderPlot } from '../render/plot';
import type { CommandEnvironment } from '../command';
import { StackUnreachableError } from '../ask-stack';
import { QueryRefusedError, runQuery } from './query';

/** A stack that gives one answer and keeps what it was asked. */
async function stackAnswering(
  status: number,
  body: unknown,
): Promise<{ url: string; asked: string[]; server: Server }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let form = '';
    request.on('data', (chunk: Buffer) => (form += chunk.toString()));
    request.on('end', () => {
      asked.push(`${request.url ?? ''} ${decodeURIComponent(form)}`);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, asked, server };
}

async function run(
  status: number,
  body: unknown,
  flags: Parameters<typeof runQuery>[2],
): Promise<{ out: string; err: string; asked: string[] }> {
  const { url, asked, server } = await stackAnswering(status, body);
  const written = { out: '', err: '' };
  const environment: CommandEnvironment = {
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    readStdin: () => Promise.resolve(''),
    interactive: false,
    columns: 40,
    signal: new AbortController().signal,
    cwd: '/',
    stackUrl: url,
  };
  try {
    await runQuery(environment, 'up', flags, { now: () => 600_000 });
    return { ...written, asked };
  } finally {
    server.close();
  }
}

const success = (data: unknown, rest: object = {}): unknown => ({ status: 'success', data, ...rest });

test('an instant vector is a table; notes go to standard error', async () => {
  const data = {
    resultType: 'vector',
    result: [
      { metric: { __name__: 'up', job: 'api' }, value: [600, '1'] },
      { metric: { __name__: 'latency' }, histogram: [600, { count: '3', sum: '5' }] },
    ],
  };
  const { out, err, asked } = await run(200, success(data, { infos: ['PromQL info: so so (1:1)'] }), { plot: true });
  expect(asked).toEqual(['/api/v1/query query=up&time=600']);
  expect(err).toBe('PromQL info: so so (1:1)\n');
  expect(out).toBe(
    [
      'series                             value',
      '─────────────  ─────────────────────────',
      'up{job="api"}                          1',
      'latency        histogram, count 3, sum 5',
      '',
    ].join('\n'),
  );
});

test('a range is plotted, or listed with --no-plot', async () => {
  const data = {
    resultType: 'matrix',
    result: [
      {
        metric: { job: 'a' },
        values: [
          [0, '1'],
          [60, '2'],
        ],
      },
    ],
  };
  const flags = { range: '10m', step: '1m', plot: false };
  const { out, asked } = await run(200, success(data), flags);
  expect(asked).toEqual(['/api/v1/query_range query=up&start=0&end=600&step=60']);
  expect(out).toBe('{job="a"}\n  1970-01-01T00:00:00.000Z  1\n  1970-01-01T00:01:00.000Z  2\n');
  const plotted = await run(200, success(data), { ...flags, plot: true });
  expect(plotted.out).toContain('00:00:00');
});

test.each([
  { data: { resultType: 'scalar', result: [600, '+Inf'] }, out: '+Inf\n' },
  { data: { resultType: 'vector', result: [] }, out: 'no data\n' },
])('prints $out', async ({ data, out }) => {
  expect((await run(200, success(data), { plot: true })).out).toBe(out);
});

test('--json prints what the stack said', async () => {
  const body = success({ resultType: 'scalar', result: [600, '1'] });
  expect((await run(200, body, { plot: true, json: true })).out).toBe(`${JSON.stringify(body)}\n`);
});

test("a refusal carries the stack's own words", async () => {
  const body = { status: 'error', errorType: 'bad_data', error: '1:4: parse error: no' };
  await expect(run(400, body, { plot: true })).rejects.toThrow(new QueryRefusedError('1:4: parse error: no'));
  await expect(run(200, { hello: 1 }, { plot: true })).rejects.toBeInstanceOf(StackUnreachableError);
});

test('a plot has the values on the left and the times below', () => {
  const points = Array.from({ length: 20 }, (_, i) => ({ t: i * 60_000, value: i }));
  const lines = renderPlot(points, 40).split('\n');
  expect(lines).toHaveLength(10);
  expect(lines[0]).toBe(' 19 │                 ▁▅█');
  expect(lines[7]).toMatch(/^ {2}0 │▁/);
  expect(lines[9]).toMatch(/00:00:00 +00:19:00$/);
});
