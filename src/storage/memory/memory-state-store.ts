import type { StateChange, StateEntry, StateStore } from '../ports/state-store';

/** State that lasts as long as the object: for tests, and for stacks that are asked to keep nothing. */
export class MemoryStateStore implements StateStore {
  readonly name = 'memory';
  private readonly spaces = new Map<string, Map<string, string>>();
  private readonly logs = new Map<string, { t: number; value: string }[]>();

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  async commit(changes: readonly StateChange[]): Promise<void> {
    // Values are serialised first: a change that cannot be is refused before anything is applied.
    const rows = changes.map((change) => (change.op === 'delete' ? '' : serialise(change.value)));
    changes.forEach((change, index) => {
      if (change.op === 'append') {
        let log = this.logs.get(change.log);
        if (log === undefined) this.logs.set(change.log, (log = []));
        log.push({ t: change.t, value: rows[index] ?? '' });
        return;
      }
      let space = this.spaces.get(change.space);
      if (space === undefined) this.spaces.set(change.space, (space = new Map()));
      if (change.op === 'put') space.set(change.key, rows[index] ?? '');
      else space.delete(change.key);
    });
  }

  load(space: string): Promise<StateEntry[]> {
    const rows = [...(this.spaces.get(space) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    return Promise.resolve(rows.map(([key, text]) => ({ key, value: parse(text) })));
  }

  history(log: string, start: number, end: number, limit: number): Promise<{ t: number; value: unknown }[]> {
    const rows = (this.logs.get(log) ?? []).map((row, order) => ({ ...row, order }));
    return Promise.resolve(
      rows
        .filter(({ t }) => t >= start && t <= end)
        .sort((a, b) => b.t - a.t || b.order - a.order)
        .slice(0, limit)
        .map(({ t, value }) => ({ t, value: parse(value) })),
    );
  }
}

function serialise(value: unknown): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError('a state value must be JSON-serialisable');
  return text;
}

function parse(text: string): unknown {
  return JSON.parse(text);
}
