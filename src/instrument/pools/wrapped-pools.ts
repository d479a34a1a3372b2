import { isObject } from './figures';

/** Ways from what an application holds to the pool within; each gives undefined for anything else. */
const unwrappers: readonly ((given: object) => unknown)[] = [knexPool, typeOrmPool, mysqlCore];

/** The pool within a Knex instance, a TypeORM data source or mysql2's promise form; else what was given. */
export function unwrapPool(given: object): object {
  let at = given;
  for (let depth = 0; depth < 3; depth++) {
    const inner = unwrappers.map((unwrap) => unwrap(at)).find((found) => isObject(found) && found !== at);
    if (!isObject(inner)) return at;
    at = inner;
  }
  return at;
}

/** A Knex instance is a function that has its client, and the client the pool. */
function knexPool(given: object): unknown {
  if (typeof given !== 'function') return undefined;
  const client: unknown = Reflect.get(given, 'client');
  return isObject(client) ? Reflect.get(client, 'pool') : undefined;
}

/** A TypeORM data source keeps the driver's own pool: `master` of Postgres, `pool` of MySQL. */
function typeOrmPool(given: object): unknown {
  const driver: unknown = Reflect.get(given, 'driver');
  return isObject(driver) ? (Reflect.get(driver, 'master') ?? Reflect.get(driver, 'pool')) : undefined;
}

/** mysql2's promise pool stands before the pool itself. */
function mysqlCore(given: object): unknown {
  const inner: unknown = Reflect.get(given, 'pool');
  return isObject(inner) && '_allConnections' in inner ? inner : undefined;
}
