import { useState } from 'preact/hooks';
import { createSilenceOf } from '../api/alerts';
import type { SilenceMatcher } from '../api/alerts';

const SPANS: Readonly<Record<string, number>> = {
  '30m': 1_800_000,
  '2h': 7_200_000,
  '1d': 86_400_000,
  '1w': 604_800_000,
};

/** Asks what to silence, for how long and why. */
export function SilenceForm({ matchers, onDone }: { readonly matchers: string; readonly onDone: () => void }) {
  const [text, setText] = useState(matchers);
  const [span, setSpan] = useState('2h');
  const [comment, setComment] = useState('');
  const [notice, setNotice] = useState('');
  const submit = async (): Promise<void> => {
    const list = parseMatchers(text);
    if (list === undefined) return setNotice('Not a list of matchers such as {alertname="X", job=~"a|b"}.');
    try {
      await createSilenceOf(list, SPANS[span] ?? 7_200_000, 'web UI', comment);
      setNotice(`Silenced for ${span}.`);
      onDone();
    } catch (error) {
      setNotice(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <form
      class="card row"
      aria-label="New silence"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label class="field" style={{ flex: '1 1 260px' }}>
        <span>Matches</span>
        <input required value={text} placeholder='{alertname="X"}' onInput={(e) => setText(e.currentTarget.value)} />
      </label>
      <label class="field">
        <span>For</span>
        <select value={span} onChange={(e) => setSpan(e.currentTarget.value)}>
          {Object.keys(SPANS).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>Comment</span>
        <input required value={comment} onInput={(e) => setComment(e.currentTarget.value)} />
      </label>
      <button class="button primary" type="submit">
        Silence
      </button>
      {notice !== '' && (
        <p class="notice" role="status">
          {notice}
        </p>
      )}
    </form>
  );
}

/** `{a="b", c!~"d"}` as matchers; undefined when the text is anything else. */
export function parseMatchers(text: string): SilenceMatcher[] | undefined {
  const one = /\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;
  const inner = text
    .trim()
    .replace(/^\{([\s\S]*)\}$/, '$1')
    .trim();
  const list: SilenceMatcher[] = [];
  while (one.lastIndex < inner.length) {
    const match = one.exec(inner);
    if (match === null) return undefined;
    const value = (match[3] ?? '').replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
    const sign = match[2] ?? '=';
    list.push({ name: match[1] ?? '', value, isRegex: sign.endsWith('~'), isEqual: !sign.startsWith('!') });
  }
  return list.length === 0 ? undefined : list;
}
