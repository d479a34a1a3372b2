import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A small project to talk about, for when no folder is given. */
const FILES: Readonly<Record<string, string>> = {
  'README.md': `# Orders

A small service that takes orders, prices them and keeps them. Entry: \`src/server.ts\`.
`,
  'package.json': `{ "name": "orders", "version": "1.4.0", "type": "module", "scripts": { "test": "node --test" } }
`,
  'src/server.ts': `import { createServer } from 'node:http';
import { OrderStore } from './order-store.js';
import { priceOrder } from './price-order.js';

const store = new OrderStore();

export const server = createServer(async (request, response) => {
  if (request.method !== 'POST') {
    response.writeHead(405).end();
    return;
  }
  const body = await readBody(request);
  const order = store.add(JSON.parse(body));
  response.writeHead(201, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ id: order.id, total: priceOrder(order) }));
});

async function readBody(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
`,
  'src/order-store.ts': `export interface OrderLine {
  sku: string;
  quantity: number;
  unitPrice: number;
}

export interface Order {
  id: number;
  lines: OrderLine[];
}

export class OrderStore {
  private readonly orders = new Map<number, Order>();
  private nextId = 1;

  add(input: { lines: OrderLine[] }): Order {
    const order = { id: this.nextId++, lines: input.lines };
    this.orders.set(order.id, order);
    return order;
  }

  find(id: number): Order | undefined {
    return this.orders.get(id);
  }
}
`,
  'src/price-order.ts': `import type { Order } from './order-store.js';

const VOLUME_DISCOUNT = 0.05;
const VOLUME_THRESHOLD = 100;

export function priceOrder(order: Order): number {
  const sum = order.lines.reduce((total, line) => total + line.quantity * line.unitPrice, 0);
  return applyDiscount(sum, order.lines.length);
}

function applyDiscount(sum: number, lineCount: number): number {
  return lineCount > VOLUME_THRESHOLD ? sum * (1 - VOLUME_DISCOUNT) : sum;
}
`,
  'src/retry-policy.ts': `import { scheduler } from 'node:timers/promises';

export class RetryPolicy {
  constructor(private readonly attempts: number, private readonly delayMs: number) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (attempt >= this.attempts) throw error;
        await scheduler.wait(this.delayMs * attempt);
      }
    }
  }
}
`,
  'test/price-order.test.ts': `import test from 'node:test';
import assert from 'node:assert/strict';
import { priceOrder } from '../src/price-order.js';

test('sums the lines', () => {
  assert.equal(priceOrder({ id: 1, lines: [{ sku: 'a', quantity: 2, unitPrice: 5 }] }), 10);
});
`,
};

/** Writes the sample project to a new folder and returns its path; the caller removes it. */
export async function writeSampleWorkspace(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'telltale-sample-'));
  for (const [path, text] of Object.entries(FILES)) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return root;
}
