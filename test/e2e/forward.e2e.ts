import { writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { encodeTraces } from '../../src/otlp';
import { sampleSpans } from '../../src/otlp/testing/sample-spans';
import { serve, temporaryFolder } from '../harness/served-stack';
import type { ServedStack } from '../harness/served-stack';

const spans = sampleSpans(400, { seed: 11 });
const [first] = spans;
const traceId = first?.traceId ?? '';
const folders = [temporaryFolder(), temporaryFolder()] as const;

/** Spans of the trace that the stack has; none when it does not know it. */
async function spansAt({ url }: ServedStack): Promise<number> {
  const response = await fetch(`${url}/api/stack/traces/${traceId}?expand=1`);
  if (!response.ok) return 0;
  const { spanCount } = (await response.json()) as { spanCount: number };
  return spanCount;
}

test('one stack forwards to another, which was away for a while', async () => {
  const other = await serve(folders[0]);
  let isUp = false;
  let refused = 0;
  const between = createServer((incoming, outgoing) => {
    if (!isUp) {
      refused++;
      outgoing.writeHead(503).end();
      return;
    }
    const onward = request(
      `${other.url}${incoming.url ?? ''}`,
      { method: 'POST', headers: incoming.headers },
      (reply) => {
        outgoing.writeHead(reply.statusCode ?? 500);
        reply.pipe(outgoing);
      },
    );
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  const { port } = between.address() as AddressInfo;
  writeFileSync(join(folders[1], 'telltale.yaml'), `otlp:\n  forward:\n    - endpoint: http://127.0.0.1:${port}\n`);
  const stack = await serve(folders[1]);
  try {
    const response = await fetch(`${stack.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: encodeTraces(spans),
    });
    expect(response.status).toBe(200);
    expect(await spansAt(stack)).toBe(8);
    const limit = Date.now() + 30_000;
    const until = async (done: () => boolean | Promise<boolean>): Promise<void> => {
      while (!(await done()) && Date.now() < limit) await new Promise((resolve) => setTimeout(resolve, 100));
    };
    await until(() => refused > 0);
    expect(await spansAt(other)).toBe(0);
    isUp = true;
    await until(async () => (await spansAt(other)) === 8);
    expect(await spansAt(other)).toBe(8);
  } finally {
    expect(await stack.end()).toBe(0);
    await other.end();
    between.closeAllConnections();
    between.close();
  }
}, 240_000);
