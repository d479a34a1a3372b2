import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Client } from 'pg';
import type { ChildProcess } from 'node:child_process';

/** A server that a test started. */
export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** A PostgreSQL that a test started. */
export interface PostgresServer extends TestServer {
  readonly processId: number;
  /** One statement on a connection of its own. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Dies at once, as by a failure of the machine. */
  kill(): Promise<void>;
}

/** A PostgreSQL of the machine's, with a fresh cluster; undefined when none is installed. */
export async function startPostgres(): Promise<PostgresServer | undefined> {
  const initdb = findProgram('initdb');
  if (initdb === undefined) return undefined;
  return run((folder, owner) =>
    execFileSync(initdb, ['-D', folder, '-U', 'test', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C'], {
      ...owner,
      stdio: 'ignore',
    }),
  );
}

/** A streaming replica of a server; undefined when `pg_basebackup` is not installed. */
export async function startReplica(primary: PostgresServer): Promise<PostgresServer | undefined> {
  const backup = findProgram('pg_basebackup');
  if (backup === undefined) return undefined;
  return run((folder, owner) =>
    execFileSync(backup, ['-D', folder, '-d', primary.url, '-R', '-X', 'stream', '--checkpoint=fast', '--no-sync'], {
      ...owner,
      stdio: 'ignore',
    }),
  );
}

type Owner = { uid: number; gid: number } | undefined;

/** @param fill makes the data folder */
async function run(fill: (folder: string, owner: Owner) => void): Promise<PostgresServer | undefined> {
  const postgres = findProgram('postgres');
  if (postgres === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'telltale-pg-'));
  const owner = postgresUser();
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  fill(folder, owner);
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    'max_connections=60',
    'fsync=on',
  ];
  const child = spawn(postgres, ['-D', folder, ...settings.flatMap((setting) => ['-c', setting])], {
    ...owner,
    stdio: 'ignore',
  });
  const url = `postgres://test@127.0.0.1:${port}/postgres`;
  const query = async (sql: string): Promise<Record<string, unknown>[]> => {
    const client = new Client(url);
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  await until(async () => void (await query('SELECT 1')));
  return {
    url,
    processId: child.pid ?? 0,
    query,
    stop: () => stop(child, 'SIGINT', folder),
    // The signal for an immediate shutdown: nothing is finished, nobody is told.
    kill: () => stop(child, 'SIGQUIT', folder),
  };
}

/** A Redis of the machine's; undefined when none is installed. */
export async function startRedis(port?: number): Promise<TestServer | undefined> {
  const redis = findProgram('redis-server');
  if (redis === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'telltale-redis-'));
  const at = port ?? (await freePort());
  const child = spawn(redis, ['--port', String(at), '--bind', '127.0.0.1', '--save', '', '--dir', folder], {
    stdio: 'ignore',
  });
  await until(() => connects(at));
  return { url: `redis://127.0.0.1:${at}`, stop: () => stop(child, 'SIGTERM', folder) };
}

/** Where a program of that name is; undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql').sort().reverse() : [];
  const folders = [
    ...versions.map((version) => `/usr/lib/postgresql/${version}/bin`),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** PostgreSQL does not run as root. */
function postgresUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function connects(port: number): Promise<void> {
  const { connect } = await import('node:net');
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });
}

async function until(works: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await works();
      return;
    } catch (error) {
      if (tries >= 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function stop(child: ChildProcess, signal: NodeJS.Signals, folder: string): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    child.once('exit', () => {
      rmSync(folder, { recursive: true, force: true });
      resolve();
    });
    child.kill(signal);
  });
}
