/** One step of the store's schema, in the dialects that it is kept in; applied once, in order. */
export interface Migration {
  readonly id: number;
  readonly postgres: readonly string[];
  readonly sqlite: readonly string[];
}

const THREADS = `CREATE TABLE threads (
  id TEXT PRIMARY KEY,
  client TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
)`;

const MESSAGES = `CREATE TABLE messages (
  thread_id TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  role TEXT NOT NULL,
  text TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (thread_id, seq)
)`;

const TOOL_USES = `CREATE TABLE tool_uses (
  thread_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  position INTEGER NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  input TEXT NOT NULL,
  result TEXT,
  is_error INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (thread_id, seq, position),
  FOREIGN KEY (thread_id, seq) REFERENCES messages (thread_id, seq) ON DELETE CASCADE
)`;

const MODEL_CALLS = `CREATE TABLE model_calls (
  id TEXT PRIMARY KEY,
  thread_id TEXT NOT NULL,
  client TEXT NOT NULL,
  model TEXT NOT NULL,
  at BIGINT NOT NULL,
  input_tokens BIGINT,
  cache_read_tokens BIGINT,
  cache_write_tokens BIGINT,
  output_tokens BIGINT
)`;

/**
 * SQLite keeps rows in the order of the key (`WITHOUT ROWID`), so the key itself covers every column. PostgreSQL gets
 * an index that holds what the outline of a thread needs, so that the (wide) text is not read for it.
 */
export const migrations: readonly Migration[] = [
  {
    id: 1,
    postgres: [
      THREADS,
      MESSAGES,
      TOOL_USES,
      'CREATE INDEX messages_outline ON messages (thread_id, seq) INCLUDE (role, created_at)',
    ],
    sqlite: [THREADS, `${MESSAGES} WITHOUT ROWID`, `${TOOL_USES} WITHOUT ROWID`],
  },
  {
    id: 2,
    postgres: ['CREATE INDEX threads_recent ON threads (client, updated_at DESC) INCLUDE (id)'],
    sqlite: ['CREATE INDEX threads_recent ON threads (client, updated_at DESC, id)'],
  },
  { id: 3, postgres: [MODEL_CALLS], sqlite: [MODEL_CALLS] },
];

/** A whole thread in one query: its messages in order, each with its tool uses and their results. */
export const LOAD_THREAD = `SELECT m.seq, m.role, m.text, t.id AS tool_id, t.name, t.input, t.result, t.is_error
FROM messages m
LEFT JOIN tool_uses t ON t.thread_id = m.thread_id AND t.seq = m.seq
WHERE m.thread_id = $1
ORDER BY m.seq, t.position`;

/** Roles and times of a thread, from the index alone. */
export const THREAD_OUTLINE = `SELECT seq, role, created_at FROM messages WHERE thread_id = $1 ORDER BY seq`;
