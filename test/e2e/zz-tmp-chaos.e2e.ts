import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../src/base/ids';

/** How often alerting is killed while alerts fire and resolve. */
const KILLS = 200;
const NAMES = 8;
const random = seededRandom(20_260_102);
const dist = '/tmp/al/pkg/dist-chaos';

/** A receiver that answers 5xx, 429, late, or not at all, as often as it takes a message. */
class FlakyReceiver {
  /** Messages that were taken, by their deduplication key; a second one of the same key is known as such. */
  readonly taken = new Map<
    string,
    { alerts: { labels: Record<string, string>; status: string; startsAt: string }[] }
  >();
  repeated = 0;
  requests = 0;
  calm = false;
  private server: Server | undefined;

  async listen(): Promise<string> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.requests++;
        const key = String(request.headers['idempotency-key']);
        const take = (): void => {
          if (this.taken.has(key)) this.repeated++;
          else this.taken.set(key, JSON.parse(Buffer.concat(chunks).toString('utf8')));
        };
        const dice = this.calm ? 1 : random();
        if (dice < 0.1) response.writeHead(503).end();
        else if (dice < 0.15) response.writeHead(429, { 'retry-after': '0.05' }).end();
        else if (dice < 0.2) response.writeHead(500).end();
        else if (dice < 0.25) request.socket.destroy();
        else if (dice < 0.3) {
          // Taken, and the answer is lost.
          take();
          request.socket.destroy();
        } else if (dice < 0.33) {
          // Slower than an attempt may be.
          take();
          setTimeout(() => response.end(), 900);
        } else {
          take();
          response.end();
        }
      });
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }
}

test(`killed ${KILLS} times: no firing, no resolved is lost`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-chaos-'));
  const receiver = new FlakyReceiver();
  const webhook = await receiver.listen();
  const port = await freePort();
  /** Episodes whose firing, and whose end, were acknowledged. */
  const fired = new Set<string>();
  const ended = new Set<string>();
  let episode = 0;
  let child: ChildProcess | undefined;
  const current = new Map<string, { id: string; startsAt: string }>();

  const post = async (body: unknown): Promise<boolean> => {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/`, {
        method: 'POST',
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(2000),
      });
      await response.text();
      return response.ok;
    } catch {
      return false;
    }
  };
  /** One alert begins, or one that was told of ends; asked again until it is acknowledged. */
  const act = async (): Promise<void> => {
    const name = `Alert${Math.floor(random() * NAMES)}`;
    const known = current.get(name);
    if (known === undefined) {
      if (receiver.calm) return;
      const id = String(++episode);
      const startsAt = new Date().toISOString();
      const alert = {
        labels: { alertname: name, episode: id },
        startsAt,
        endsAt: new Date(Date.now() + 3_600_000).toISOString(),
      };
      if (await post([alert])) {
        fired.add(id);
        current.set(name, { id, startsAt });
      }
      return;
    }
    // It fires for longer than group_wait, or nobody need hear of it.
    if (Date.now() - Date.parse(known.startsAt) < 600) return;
    const over = {
      labels: { alertname: name, episode: known.id },
      startsAt: known.startsAt,
      endsAt: new Date().toISOString(),
    };
    if (await post([over])) {
      ended.add(known.id);
      current.delete(name);
    }
  };

  for (let round = 0; round < KILLS; round++) {
    child = await start(folder, webhook, port);
    const until = Date.now() + 40 + random() * 400;
    while (Date.now() < until) {
      await act();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await kill(child);
  }
  receiver.calm = true;
  child = await start(folder, webhook, port);
  // Whatever still fires ends, and all messages arrive.
  const deadline = Date.now() + 60_000;
  const told = (id: string, status: string): boolean =>
    [...receiver.taken.values()].some(({ alerts }) =>
      alerts.some((alert) => alert.labels['episode'] === id && alert.status === status),
    );
  const missing = (): string[] => [
    ...[...fired].filter((id) => !told(id, 'firing')).map((id) => `firing ${id}`),
    ...[...ended].filter((id) => told(id, 'firing') && !told(id, 'resolved')).map((id) => `resolved ${id}`),
  ];
  while (current.size > 0 && Date.now() < deadline) {
    await act();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  while (missing().length > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  await kill(child);
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
  process.stdout.write(
    `${KILLS} kills: ${fired.size} episodes, ${ended.size} ended, ${receiver.requests} requests, ${receiver.taken.size} messages, ${receiver.repeated} repeated under their key\n`,
  );
  expect(fired.size).toBeGreaterThan(NAMES);
  expect(missing()).toEqual([]);
  // By key nothing is told twice: every message of an episode says something new.
  expect(duplicates(receiver)).toEqual([]);
}, 900_000);

/** Messages under different keys that say exactly the same. */
function duplicates(receiver: FlakyReceiver): string[] {
  const seen = new Set<string>();
  const twice: string[] = [];
  for (const { alerts } of receiver.taken.values()) {
    const text = JSON.stringify(alerts.map(({ labels, status, startsAt }) => [labels, status, startsAt]));
    if (seen.has(text)) twice.push(text);
    seen.add(text);
  }
  return twice;
}

function start(folder: string, webhook: string, port: number): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [join(__dirname, '..', 'harness', 'alerting-child.mjs'), dist, folder, webhook, String(port)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  return new Promise((resolve, reject) => {
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout.once('data', () => resolve(child));
    child.once('exit', (code) => reject(new Error(`alerting ended with ${code}: ${errors}`)));
  });
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.removeAllListeners('exit');
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
