import type { EpochMillis } from '../../base/clock';
import type { ConnectionPool } from '../../toolkit/data';
import { migrations } from './schema';

/** Brings the store's schema up to date; safe to run by several processes at once. Returns how many steps were taken. */
export async function migrate(pool: ConnectionPool, at: EpochMillis): Promise<number> {
  await pool.query(
    'CREATE TABLE IF NOT EXISTS assistant_migrations (id INTEGER PRIMARY KEY, applied_at BIGINT NOT NULL)',
    [],
    { route: 'write' },
  );
  return pool.transaction(async (transaction) => {
    if (pool.dialect === 'postgres') await transaction.query('LOCK TABLE assistant_migrations IN EXCLUSIVE MODE');
    const { rows } = await transaction.query('SELECT id FROM assistant_migrations');
    const applied = new Set(rows.map(({ id }) => Number(id)));
    const open = migrations.filter(({ id }) => !applied.has(id));
    for (const migration of open) {
      for (const statement of migration[pool.dialect]) await transaction.query(statement);
      await transaction.query('INSERT INTO assistant_migrations (id, applied_at) VALUES ($1, $2)', [migration.id, at]);
    }
    return open.length;
  });
}
