import type { Clock } from '../../base/clock';
import type { ConnectionPool, Row } from '../../toolkit/data';
import { textOf, toolUsesOf } from '../messages';
import type { Block, Message, ToolResultBlock } from '../messages';
import { LOAD_THREAD, THREAD_OUTLINE } from './schema';

/** One line of a thread's outline. */
export interface OutlineEntry {
  readonly seq: number;
  readonly role: string;
  readonly createdAt: number;
}

/**
 * Keeps conversations: threads, their messages, tool uses with their results. Results are kept with the use they
 * answer, so that a use without a result cannot be told apart by order but by fact.
 */
export class ConversationStore {
  constructor(
    private readonly pool: ConnectionPool,
    private readonly clock: Clock,
  ) {}

  /** All messages of a thread in order; none for an unknown one. */
  async load(threadId: string, signal?: AbortSignal): Promise<Message[]> {
    const { rows } = await this.pool.query(LOAD_THREAD, [threadId], {
      session: threadId,
      ...(signal === undefined ? {} : { signal }),
    });
    return toMessages(rows);
  }

  /** Roles and times of a thread's messages. */
  async outline(threadId: string): Promise<OutlineEntry[]> {
    const { rows } = await this.pool.query(THREAD_OUTLINE, [threadId], { session: threadId });
    return rows.map((row) => ({ seq: Number(row.seq), role: String(row.role), createdAt: Number(row.created_at) }));
  }

  /** Appends the messages of a turn, all or none. `from` is how many the thread holds already. */
  async append(
    threadId: string,
    client: string,
    from: number,
    messages: readonly Message[],
    signal?: AbortSignal,
  ): Promise<void> {
    const at = this.clock.now();
    const results = new Map(messages.flatMap(({ content }) => content.filter(isResult).map(byUse)));
    await this.pool.transaction(
      async ({ query }) => {
        await query(
          `INSERT INTO threads (id, client, created_at, updated_at) VALUES ($1, $2, $3, $3)
           ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at`,
          [threadId, client, at],
        );
        let seq = from;
        for (const message of messages) {
          const uses = toolUsesOf(message);
          const text = textOf(message);
          if (text === '' && uses.length === 0) continue;
          await query('INSERT INTO messages (thread_id, seq, role, text, created_at) VALUES ($1, $2, $3, $4, $5)', [
            threadId,
            seq,
            message.role,
            text,
            at,
          ]);
          for (const [position, { id, name, input }] of uses.entries()) {
            const result = results.get(id);
            await query(
              `INSERT INTO tool_uses (thread_id, seq, position, id, name, input, result, is_error)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
              [
                threadId,
                seq,
                position,
                id,
                name,
                JSON.stringify(input),
                result?.content ?? null,
                result?.is_error ? 1 : 0,
              ],
            );
          }
          seq++;
        }
      },
      { session: threadId, ...(signal === undefined ? {} : { signal }) },
    );
  }
}

/** How many messages of a turn become rows: those that hold results only are kept with their uses. */
export function countStored(messages: readonly Message[]): number {
  return messages.filter((message) => message.content.some((block) => block.type !== 'tool_result')).length;
}

function isResult(block: Block): block is ToolResultBlock {
  return block.type === 'tool_result';
}

function byUse(block: ToolResultBlock): [string, ToolResultBlock] {
  return [block.tool_use_id, block];
}

function toMessages(rows: readonly Row[]): Message[] {
  const messages: Message[] = [];
  let current: { seq: number; role: Message['role']; content: Block[]; results: Block[] } | undefined;
  const finish = (): void => {
    if (current === undefined) return;
    messages.push({ role: current.role, content: current.content });
    if (current.results.length > 0) messages.push({ role: 'user', content: current.results });
  };
  for (const row of rows) {
    if (current === undefined || current.seq !== Number(row.seq)) {
      finish();
      const text = String(row.text);
      current = {
        seq: Number(row.seq),
        role: row.role === 'assistant' ? 'assistant' : 'user',
        content: text === '' ? [] : [{ type: 'text', text }],
        results: [],
      };
    }
    if (row.tool_id === null) continue;
    const id = String(row.tool_id);
    const input: unknown = JSON.parse(String(row.input));
    current.content.push({ type: 'tool_use', id, name: String(row.name), input: isObject(input) ? input : {} });
    const failed = Number(row.is_error) === 1 ? { is_error: true } : {};
    const content = row.result === null ? 'no result was kept' : String(row.result);
    current.results.push({ type: 'tool_result', tool_use_id: id, content, ...failed });
  }
  finish();
  return messages;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
