import type { ActivityKind, LedgerRow, SessionActivity, SessionSummary } from '../domain/ledger';
import { isSameCall, isWeak, mergeActivities, mergeRows } from '../domain/ledger-merge';
import { summarizeSession } from '../domain/ledger-summary';
import { packTexts } from '../storage';
import type { LedgerChange, LedgerQuery, PackedList, SessionQuery } from '../storage';
import { openDatabase, transaction } from './sqlite';
import type { Database, Statement } from './sqlite';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS calls (
    id TEXT PRIMARY KEY, at REAL NOT NULL, session TEXT NOT NULL, trace TEXT NOT NULL, emitter TEXT NOT NULL,
    model TEXT NOT NULL, user TEXT NOT NULL, repository TEXT NOT NULL, weak INTEGER NOT NULL, superseded INTEGER NOT NULL,
    authority REAL NOT NULL, json TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS calls_by_session ON calls (session, at);
  CREATE INDEX IF NOT EXISTS calls_by_time ON calls (at);
  CREATE INDEX IF NOT EXISTS calls_by_trace ON calls (trace);
  CREATE TABLE IF NOT EXISTS aliases (alias TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS aliases_by_id ON aliases (id);
  CREATE TABLE IF NOT EXISTS activities (
    id TEXT PRIMARY KEY, session TEXT NOT NULL, kind TEXT NOT NULL, at REAL NOT NULL, emitter TEXT NOT NULL, json TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS activities_by_session ON activities (session, at);
  CREATE INDEX IF NOT EXISTS activities_by_time ON activities (at);
  PRAGMA user_version = 1;
`;

/** How far from a row's start its twin of another signal is looked for, in milliseconds: the longest calls end within. */
const SAME_CALL_SEARCH = 900_000;

/** How far apart two signals may place the start of one activity, in milliseconds. */
const SAME_ACTIVITY_WINDOW = 1500;

/** The ledger in one SQLite file; runs wherever it is made, without waiting. */
export class LedgerDatabase {
  private readonly database: Database;
  private readonly byId: Statement;
  private readonly byAlias: Statement;
  private readonly bySession: Statement;
  private readonly putCall: Statement;
  private readonly putAlias: Statement;
  private readonly dropCall: Statement;
  private readonly moveAliases: Statement;
  private readonly activityById: Statement;
  private readonly putActivity: Statement;
  private readonly hasWeak: Statement;
  private readonly nearCalls: Statement;
  private readonly bestAuthority: Statement;
  private readonly outranked: Statement;
  private readonly nearActivities: Statement;

  /** @param path of the file; `:memory:` for one that is not kept. */
  constructor(path: string) {
    this.database = openDatabase(path, { cachePages: 2000, checkpointPages: 1000 });
    this.database.exec(SCHEMA);
    const prepare = (sql: string): Statement => this.database.prepare(sql);
    this.byId = prepare('SELECT json FROM calls WHERE id = ?');
    this.byAlias = prepare('SELECT id FROM aliases WHERE alias = ?');
    this.bySession = prepare('SELECT json FROM calls WHERE session = ? ORDER BY at, id');
    this.putCall = prepare(
      `INSERT INTO calls (id, at, session, trace, emitter, model, user, repository, weak, superseded, authority, json)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET at = excluded.at, session = excluded.session, trace = excluded.trace,
         emitter = excluded.emitter, model = excluded.model, user = excluded.user, repository = excluded.repository,
         weak = excluded.weak, superseded = excluded.superseded, authority = excluded.authority, json = excluded.json`,
    );
    this.putAlias = prepare(
      'INSERT INTO aliases (alias, id) VALUES (?, ?) ON CONFLICT (alias) DO UPDATE SET id = excluded.id',
    );
    this.dropCall = prepare('DELETE FROM calls WHERE id = ?');
    this.moveAliases = prepare('UPDATE aliases SET id = ? WHERE id = ?');
    this.activityById = prepare('SELECT json FROM activities WHERE id = ?');
    this.putActivity = prepare(
      `INSERT INTO activities (id, session, kind, at, emitter, json) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET session = excluded.session, at = excluded.at, json = excluded.json`,
    );
    this.hasWeak = prepare('SELECT 1 FROM calls WHERE session = ? AND weak = 1 LIMIT 1');
    this.nearCalls = prepare('SELECT json FROM calls WHERE session = ? AND at BETWEEN ? AND ?');
    this.bestAuthority = prepare('SELECT max(authority) AS best FROM calls WHERE session = ? AND emitter = ?');
    this.outranked = prepare(
      'SELECT json FROM calls WHERE session = ? AND emitter = ? AND weak = 1 AND superseded = 0 AND authority < ?',
    );
    this.nearActivities = prepare('SELECT json FROM activities WHERE session = ? AND kind = ? AND at BETWEEN ? AND ?');
  }

  /** Takes rows, merging those that are known; all or nothing. */
  write(rows: readonly LedgerRow[], activities: readonly SessionActivity[]): LedgerChange[] {
    return transaction(this.database, () => {
      const changes = rows.map((row) => this.take(row));
      for (const activity of activities) this.takeActivity(activity);
      return changes;
    });
  }

  /** Writes rows as they are. */
  replace(rows: readonly LedgerRow[]): void {
    transaction(this.database, () => rows.forEach((row) => this.store(row)));
  }

  calls(query: LedgerQuery): LedgerRow[] {
    return this.found(query).map((row) => parseRow(row['json']));
  }

  /** As `calls`, without reading the rows. */
  packedCalls(query: LedgerQuery): PackedList & { last: LedgerQuery['after'] | null } {
    const rows = this.found(query);
    const last = rows.at(-1);
    return {
      ...packTexts(rows.map((row) => String(row['json']))),
      last: last === undefined ? null : { at: Number(last['at']), id: String(last['id']) },
    };
  }

  sessions(query: SessionQuery): SessionSummary[] {
    const emitter = query.emitter === undefined ? '' : ' AND emitter = ?';
    const values = query.emitter === undefined ? [] : [query.emitter];
    const found = this.database
      .prepare(
        `SELECT session, max(at) AS newest FROM (
           SELECT session, at FROM calls WHERE at >= ? AND at <= ? AND session <> ''${emitter}
           UNION ALL SELECT session, at FROM activities WHERE at >= ? AND at <= ? AND session <> ''${emitter})
         GROUP BY session ORDER BY newest DESC LIMIT ?`,
      )
      .all(query.start, query.end, ...values, query.start, query.end, ...values, query.limit);
    return found.map((row) => this.session(String(row['session']))).filter((summary) => summary !== undefined);
  }

  session(session: string): SessionSummary | undefined {
    return summarizeSession(session, this.rowsOf(session), this.activities(session));
  }

  /** @param kind empty for all. */
  activities(session: string, kind: ActivityKind | '' = ''): SessionActivity[] {
    const sql = `SELECT json FROM activities WHERE session = ?${kind === '' ? '' : ' AND kind = ?'} ORDER BY at, id`;
    return this.database
      .prepare(sql)
      .all(...(kind === '' ? [session] : [session, kind]))
      .map((row) => parseActivity(row['json']));
  }

  /** Drops what is older; says how many calls that were. */
  trim(before: number): number {
    return transaction(this.database, () => {
      this.database.prepare('DELETE FROM aliases WHERE id IN (SELECT id FROM calls WHERE at < ?)').run(before);
      this.database.prepare('DELETE FROM aliases WHERE id IN (SELECT id FROM activities WHERE at < ?)').run(before);
      this.database.prepare('DELETE FROM activities WHERE at < ?').run(before);
      return Number(this.database.prepare('DELETE FROM calls WHERE at < ?').run(before).changes);
    });
  }

  close(): void {
    this.database.close();
  }

  private found(query: LedgerQuery): Record<string, unknown>[] {
    const conditions: string[] = [];
    const values: (string | number)[] = [];
    const where = (sql: string, value: string | number | undefined): void => {
      if (value === undefined) return;
      conditions.push(sql);
      values.push(value);
    };
    where('session = ?', query.session);
    where('trace = ?', query.traceId);
    where('model = ?', query.model);
    where('emitter = ?', query.emitter);
    where('user = ?', query.user);
    where('repository = ?', query.repository);
    // A page goes on where the one before it ended: the index is entered there, not at the start of the period.
    where('at >= ?', latest(query.start, query.after?.at));
    where('at <= ?', query.end);
    if (query.withSuperseded !== true) where('superseded = ?', 0);
    if (query.after !== undefined) {
      conditions.push('(at, id) > (?, ?)');
      values.push(query.after.at, query.after.id);
    }
    const sql = `SELECT at, id, json FROM calls ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`} ORDER BY at, id LIMIT ?`;
    return this.database.prepare(sql).all(...values, query.limit);
  }

  private take(row: LedgerRow): LedgerChange {
    const ids = this.idsOf(row);
    const siblings = row.session !== '' && (isWeak(row) || this.hasWeak.get(row.session) !== undefined);
    if (ids.length === 0 && siblings) {
      const twin = this.nearCalls
        .all(row.session, row.at - SAME_CALL_SEARCH, row.at + SAME_CALL_SEARCH)
        .map((found) => parseRow(found['json']))
        .find((other) => isSameCall(other, row));
      if (twin !== undefined) ids.push(twin.id);
    }
    let previous: LedgerRow | undefined;
    let merged = row;
    for (const id of ids) {
      const known = this.find(id);
      if (known === undefined) continue;
      if (previous !== undefined && known.id !== merged.id) {
        this.dropCall.run(known.id);
        this.moveAliases.run(merged.id, known.id);
      }
      previous ??= known;
      const stays = previous === known ? known : { ...known, id: previous.id, aliases: [...known.aliases, known.id] };
      merged = mergeRows(stays, merged);
    }
    if (siblings) merged = this.rank(merged);
    this.store(merged);
    return previous === undefined ? { row: merged } : { row: merged, previous };
  }

  /**
   * Marks what another row stands for: a weak row of a lesser signal in a session of the same emitter that a greater
   * signal reports; the row itself, or those it outranks.
   */
  private rank(row: LedgerRow): LedgerRow {
    const best = Number(this.bestAuthority.get(row.session, row.emitter)?.['best'] ?? 0);
    const own = Math.floor(row.authority);
    if (best > own) return isWeak(row) ? { ...row, superseded: true } : row;
    if (best < own)
      for (const found of this.outranked.all(row.session, row.emitter, own)) {
        const other = parseRow(found['json']);
        if (other.id !== row.id) this.store({ ...other, superseded: true });
      }
    return row;
  }

  /** The ids of rows that are this one under its id or an alias, the one under its own id first. */
  private idsOf(row: LedgerRow): string[] {
    const ids: string[] = [];
    if (this.byId.get(row.id) !== undefined) ids.push(row.id);
    for (const alias of [row.id, ...row.aliases]) {
      const found = this.byAlias.get(alias)?.['id'];
      if (typeof found === 'string' && !ids.includes(found)) ids.push(found);
      else if (found === undefined && alias !== row.id && !ids.includes(alias) && this.byId.get(alias) !== undefined)
        ids.push(alias);
    }
    return ids;
  }

  private takeActivity(activity: SessionActivity): void {
    const alias = `activity:${activity.id}`;
    const id = this.byAlias.get(alias)?.['id'];
    const json = this.activityById.get(typeof id === 'string' ? id : activity.id)?.['json'];
    let known = json === undefined ? undefined : parseActivity(json);
    if (known === undefined) {
      known = this.twinOf(activity);
      if (known !== undefined) this.putAlias.run(alias, known.id);
    }
    const merged = known === undefined ? activity : mergeActivities(known, activity);
    this.putActivity.run(merged.id, merged.session, merged.kind, merged.at, merged.emitter, JSON.stringify(merged));
  }

  /** The same activity as another signal told it, where the two share no id: same kind and name at about the same time. */
  private twinOf(activity: SessionActivity): SessionActivity | undefined {
    const { session, kind, at } = activity;
    return this.nearActivities
      .all(session, kind, at - SAME_ACTIVITY_WINDOW, at + SAME_ACTIVITY_WINDOW)
      .map((row) => parseActivity(row['json']))
      .filter(
        (other) => other.name === activity.name && !other.sources.some((source) => activity.sources.includes(source)),
      )
      .sort((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at))[0];
  }

  private store(row: LedgerRow): void {
    this.putCall.run(
      row.id,
      row.at,
      row.session,
      row.traceId,
      row.emitter,
      row.responseModel || row.requestModel,
      row.user,
      row.repository,
      isWeak(row) ? 1 : 0,
      row.superseded ? 1 : 0,
      Math.floor(row.authority),
      JSON.stringify(row),
    );
    for (const alias of row.aliases) this.putAlias.run(alias, row.id);
  }

  private rowsOf(session: string): LedgerRow[] {
    return this.bySession.all(session).map((row) => parseRow(row['json']));
  }

  private find(id: string): LedgerRow | undefined {
    const json = this.byId.get(id)?.['json'];
    return json === undefined ? undefined : parseRow(json);
  }
}

function latest(start: number | undefined, after: number | undefined): number | undefined {
  return start === undefined || after === undefined ? (start ?? after) : Math.max(start, after);
}

/** What this file wrote itself. */
function parseRow(json: unknown): LedgerRow {
  return JSON.parse(String(json)) as LedgerRow;
}

function parseActivity(json: unknown): SessionActivity {
  return JSON.parse(String(json)) as SessionActivity;
}
