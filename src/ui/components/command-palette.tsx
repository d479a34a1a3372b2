import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { getJson } from '../api/http';
import { services } from '../api/jaeger';
import { ruleGroups } from '../api/rules';
import { hrefTo, navigate } from '../lib/location';
import { rankEntries, traceIdOf } from '../lib/palette-rank';
import type { PaletteEntry } from '../lib/palette-rank';
import { useFetched } from '../lib/use-fetched';

export interface CommandPaletteProps {
  /** What is always there: the pages, and what can be done. */
  readonly entries: readonly PaletteEntry[];
  readonly onClose: () => void;
}

/** So many are listed; a further word finds the others. */
const MOST = 50;

/** Goes anywhere by a few letters: pages, dashboards, rules, services, a trace by its id; and does what has no page. */
export default function CommandPalette({ entries, onClose }: CommandPaletteProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const found = useFetched('palette', loadEntries);
  const shown = useMemo(() => {
    const id = traceIdOf(text);
    const list = id === undefined ? rankEntries([...entries, ...(found.value ?? [])], text) : [traceEntry(id)];
    return list.slice(0, MOST);
  }, [entries, found.value, text]);
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => document.getElementById(`palette-${at}`)?.scrollIntoView({ block: 'nearest' }), [at]);
  const run = (entry: PaletteEntry | undefined): void => {
    if (entry === undefined) return;
    dialog.current?.close();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt((at + step + shown.length) % Math.max(1, shown.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(shown[at]);
    }
  };
  return (
    <dialog
      ref={dialog}
      class="dialog palette"
      aria-label="Go to or do"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <input
        type="text"
        role="combobox"
        list={undefined}
        aria-label="Go to or do"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={shown.length === 0 ? undefined : `palette-${at}`}
        placeholder="A page, dashboard, rule, service, or the id of a trace"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id="palette-list" role="listbox" aria-label="Found">
        {shown.map((entry, index) => (
          <li
            key={`${entry.kind} ${entry.title}`}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === at}
            onPointerMove={() => setAt(index)}
            onClick={() => run(entry)}
          >
            <span>{entry.title}</span>
            <span class="muted small">{entry.kind}</span>
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p class="muted small">Nothing is called so.</p>}
    </dialog>
  );
}

function traceEntry(id: string): PaletteEntry {
  return { title: `Trace ${id.slice(0, 8)}`, kind: 'trace', run: () => navigate(hrefTo(`/trace/${id}`)) };
}

/** What the stack has; a part that does not answer is left out. */
async function loadEntries(signal: AbortSignal): Promise<PaletteEntry[]> {
  const parts = await Promise.allSettled([
    getJson<{ uid: string; title: string }[]>('/api/stack/dashboards', signal).then((list) =>
      list.map(({ uid, title }) => entryTo(title, 'dashboard', `/dashboards/${uid}`)),
    ),
    ruleGroups(signal).then((groups) =>
      groups.flatMap((group) =>
        group.rules.map(({ name, line }) => entryTo(name, 'rule', '/alerts', { rule: name, line: String(line) })),
      ),
    ),
    services(signal).then((names) => names.map((name) => entryTo(name, 'service', '/traces', { service: name }))),
  ]);
  const list = parts.flatMap((part) => (part.status === 'fulfilled' ? part.value : []));
  // A rule of two severities stands twice under one name.
  return [...new Map(list.map((entry) => [`${entry.kind} ${entry.title}`, entry])).values()];
}

function entryTo(
  title: string,
  kind: string,
  path: string,
  query: Readonly<Record<string, string>> = {},
): PaletteEntry {
  return { title, kind, run: () => navigate(hrefTo(path, query)) };
}
