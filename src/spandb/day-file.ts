import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Database, Statement } from './sqlite';
import { openDatabase, transaction } from './sqlite';
import type { PartCache } from './blocks/part-cache';
import type { SealedBlock } from './blocks/seal';
import { PART, StoredBlock } from './blocks/stored-block';
import type { RecordKind } from './blocks/tokens';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS batch (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, bytes BLOB NOT NULL, skip BLOB);
  CREATE TABLE IF NOT EXISTS block (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, rows INTEGER NOT NULL, min_start REAL NOT NULL, max_start REAL NOT NULL,
    max_duration REAL NOT NULL, bloom BLOB NOT NULL, operations BLOB NOT NULL
  );
  CREATE TABLE IF NOT EXISTS part (block INTEGER NOT NULL, part INTEGER NOT NULL, no INTEGER NOT NULL, data BLOB NOT NULL);
  CREATE UNIQUE INDEX IF NOT EXISTS part_key ON part (block, part, no);
  CREATE TABLE IF NOT EXISTS operation (service TEXT NOT NULL, name TEXT NOT NULL, kind INTEGER NOT NULL, PRIMARY KEY (service, name, kind)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS attribute_key (key TEXT PRIMARY KEY) WITHOUT ROWID;
  PRAGMA user_version = 1;
`;

/** A batch as it was received, not yet in a block. */
export interface PendingBatch {
  readonly id: number;
  readonly kind: RecordKind;
  readonly bytes: Uint8Array;
  readonly skip: Uint8Array | undefined;
}

/** Everything that arrived on one day, in one SQLite file: requests as received, and the blocks they become. */
export class DayFile {
  readonly blocks: StoredBlock[] = [];
  private readonly database: Database;
  private readonly path: string;
  private readonly addBatch: Statement;
  private readonly readPart: Statement;
  private inTurn = false;

  /** @param day as YYYY-MM-DD */
  constructor(
    dataDir: string,
    readonly day: string,
    private readonly cache: PartCache,
  ) {
    this.path = join(dataDir, `spans-${day}.db`);
    this.database = openDatabase(this.path, { cachePages: 1000, checkpointPages: 16_000 });
    this.database.exec(SCHEMA);
    this.addBatch = this.database.prepare('INSERT INTO batch (kind, bytes, skip) VALUES (?, ?, ?)');
    this.readPart = this.database.prepare('SELECT data FROM part WHERE block = ? AND part = ? AND no = ?');
    this.loadBlocks();
  }

  /** Opens the transaction that the batches of a turn share. */
  begin(): void {
    if (this.inTurn) return;
    this.database.exec('BEGIN IMMEDIATE');
    this.inTurn = true;
  }

  /** Ends it: what it took is on disk. */
  commit(): void {
    if (!this.inTurn) return;
    this.inTurn = false;
    try {
      this.database.exec('COMMIT');
    } catch (error) {
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
      throw error;
    }
  }

  append(kind: RecordKind, bytes: Uint8Array, skip: Uint8Array | undefined): number {
    this.begin();
    return Number(this.addBatch.run(kind, bytes, skip ?? null).lastInsertRowid);
  }

  /** Batches that are in no block yet, in the order of their arrival. */
  pending(): PendingBatch[] {
    return this.database
      .prepare('SELECT id, kind, bytes, skip FROM batch ORDER BY id')
      .all()
      .map((row) => ({
        id: Number(row['id']),
        kind: row['kind'] === 'log' ? 'log' : 'span',
        bytes: bytesOf(row['bytes']),
        skip: row['skip'] === null ? undefined : bytesOf(row['skip']),
      }));
  }

  /** Stores a block in place of the batches up to `lastBatch`; one step, whatever happens. */
  replace(kind: RecordKind, sealed: SealedBlock | undefined, lastBatch: number): void {
    const block = transaction(this.database, () => {
      this.database.prepare('DELETE FROM batch WHERE kind = ? AND id <= ?').run(kind, lastBatch);
      return sealed === undefined ? undefined : this.insert(sealed);
    });
    if (block) this.blocks.push(block);
  }

  operations(service: string): { name: string; kind: number }[] {
    return this.database
      .prepare('SELECT name, kind FROM operation WHERE service = ?')
      .all(service)
      .map((row) => ({ name: String(row['name']), kind: Number(row['kind']) }));
  }

  services(): string[] {
    return this.database
      .prepare('SELECT DISTINCT service FROM operation')
      .all()
      .map((row) => String(row['service']));
  }

  /** Keys of blocks of before keys were counted block by block. */
  attributeKeys(): string[] {
    return this.database
      .prepare('SELECT key FROM attribute_key')
      .all()
      .map((row) => String(row['key']));
  }

  get sizeBytes(): number {
    return [this.path, `${this.path}-wal`].reduce(
      (total, path) => total + (existsSync(path) ? statSync(path).size : 0),
      0,
    );
  }

  close(): void {
    this.database.close();
  }

  /** Closes and removes the file. */
  remove(): void {
    this.cache.drop(`${this.day}/`);
    this.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${this.path}${suffix}`, { force: true });
  }

  private insert(sealed: SealedBlock): StoredBlock {
    const { bounds, bloom, operationHashes } = sealed;
    const id = Number(
      this.database
        .prepare(
          'INSERT INTO block (kind, rows, min_start, max_start, max_duration, bloom, operations) VALUES (?, ?, ?, ?, ?, ?, ?)',
        )
        .run(bounds.kind, bounds.count, bounds.minStart, bounds.maxStart, bounds.maxDuration, bloom, operationHashes)
        .lastInsertRowid,
    );
    const part = this.database.prepare('INSERT INTO part (block, part, no, data) VALUES (?, ?, ?, ?)');
    part.run(id, PART.dictionary, 0, Buffer.from(sealed.dictionary));
    part.run(id, PART.search, 0, sealed.search);
    part.run(id, PART.ids, 0, sealed.ids);
    part.run(id, PART.offsets, 0, sealed.offsets);
    part.run(id, PART.pageRows, 0, sealed.pageRows);
    part.run(id, PART.keys, 0, Buffer.from(sealed.keys));
    sealed.tokens.forEach((data, no) => part.run(id, PART.tokens, no, data));
    sealed.pages.forEach((data, no) => part.run(id, PART.page, no, data));
    const operation = this.database.prepare('INSERT OR IGNORE INTO operation (service, name, kind) VALUES (?, ?, ?)');
    if (bounds.kind === 'span')
      for (const { service, name, kind } of sealed.operations) operation.run(service, name, kind);
    return this.block({ id, bounds, bloom, operationHashes });
  }

  private loadBlocks(): void {
    for (const row of this.database.prepare('SELECT * FROM block ORDER BY id').iterate()) {
      this.blocks.push(
        this.block({
          id: Number(row['id']),
          bounds: {
            kind: row['kind'] === 'log' ? 'log' : 'span',
            count: Number(row['rows']),
            minStart: Number(row['min_start']),
            maxStart: Number(row['max_start']),
            maxDuration: Number(row['max_duration']),
          },
          bloom: bytesOf(row['bloom']),
          operationHashes: bytesOf(row['operations']),
        }),
      );
    }
  }

  private block(head: StoredBlock['head']): StoredBlock {
    const read = (block: number, part: number, no: number): Uint8Array | undefined => {
      const row = this.readPart.get(block, part, no);
      return row === undefined ? undefined : bytesOf(row['data']);
    };
    return new StoredBlock(head, this.day, read, this.cache);
  }
}

/** A blob column; an empty blob may come as null. */
function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array(0);
}
