import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { chatOnce, startAssistant } from '../../src/assistant';
import { loadConfig } from '../../src/config';
import { startPostgres, startRedis } from '../../src/toolkit/shared/testing/servers';

jest.setTimeout(120_000);

test('the assistant keeps conversations in PostgreSQL and tool results in Redis, by configuration alone', async () => {
  const [postgres, redis] = [await startPostgres(), await startRedis()];
  const folder = mkdtempSync(join(tmpdir(), 'telltale-assistant-'));
  try {
    if (postgres === undefined || redis === undefined) {
      console.log('skipped: PostgreSQL or Redis is not installed');
      return;
    }
    const file = join(folder, 'telltale.yaml');
    writeFileSync(
      file,
      `assistant:
  provider: { kind: simulated, seed: 7, speed: 50 }
  store: { kind: postgres, url: "${postgres.url}" }
  redisUrl: "${redis.url}"
`,
    );
    const { assistant: configured } = loadConfig({ cwd: folder, file, environment: {} });
    expect(JSON.stringify(configured)).not.toContain(postgres.url);
    const first = await startAssistant({ configured });
    const { conversationId, ok } = await chatOnce(first.url, { message: 'Where is `priceOrder` used?' });
    expect(ok).toBe(true);
    await first.stop();
    const client = new Client(postgres.url);
    await client.connect();
    const count = async (table: string, column: string) =>
      (
        await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table} WHERE ${column} = $1`, [
          conversationId,
        ])
      ).rows[0]?.n;
    expect(await count('messages', 'thread_id')).toBeGreaterThan(2);
    expect(await count('tool_uses', 'thread_id')).toBe(2);
    expect(await count('model_calls', 'thread_id')).toBe(3);
    await client.end();
    const reader = new Redis(redis.url);
    expect((await reader.keys('telltale:cache:*')).length).toBeGreaterThan(0);
    reader.disconnect();
    // Another process goes on with the conversation.
    const second = await startAssistant({ configured });
    const next = await chatOnce(second.url, { message: 'Add a comment above `applyDiscount`.', conversationId });
    expect(next).toMatchObject({ ok: true, conversationId });
    await second.stop();
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await Promise.all([postgres?.stop(), redis?.stop()]);
  }
});
