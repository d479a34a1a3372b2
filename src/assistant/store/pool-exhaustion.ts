import type { Millis } from '../../base/clock';
import type { ConnectionPool } from '../../toolkit/data';
import type { Lease } from '../../toolkit/resources';
import type { Connection } from '../../toolkit/data';
import type { Incident } from '../incident';

const GRAB_TIMEOUT: Millis = 60_000;

/**
 * Makes the incident `exhausted-pool` real: takes every connection of the store's pools and keeps them until the
 * incident ends, as code that forgets to give them back would.
 */
export function exhaustPoolOn(incident: Incident, pool: ConnectionPool): () => Promise<void> {
  let abort = new AbortController();
  let held: Promise<Lease<Connection>>[] = [];
  const letGo = async (): Promise<void> => {
    abort.abort(new Error('the incident is over'));
    const leases = await Promise.allSettled(held.splice(0));
    await Promise.all(leases.map((lease) => (lease.status === 'fulfilled' ? lease.value.release() : undefined)));
  };
  const stop = incident.onChange((name) => {
    if (name !== 'exhausted-pool') {
      void letGo();
      return;
    }
    abort = new AbortController();
    const { signal } = abort;
    held = Object.values(pool.shares).flatMap((share) =>
      Array.from({ length: share.stats.max }, () => share.acquire({ signal, timeout: GRAB_TIMEOUT })),
    );
    for (const lease of held) lease.catch(() => undefined);
  });
  return async () => {
    stop();
    await letGo();
  };
}
