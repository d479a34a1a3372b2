import { useState } from 'preact/hooks';
import { alertGroups, createSilence } from '../api/alerts';
import { matcherMeets, matcherText, parseMatchers } from '../lib/matchers';
import { parseSpan } from '../lib/span-of-time';
import { useFetched } from '../lib/use-fetched';

const SPANS = ['30m', '1h', '2h', '8h', '1d', '1w'];

export interface SilenceFormProps {
  /** To begin with, as `{name="value"}`. */
  readonly matchers: string;
  readonly comment?: string;
  readonly onDone: () => void;
}

/** Asks what to silence, for how long and why, and says what would be silent now. */
export function SilenceForm({ matchers, comment: suggested = '', onDone }: SilenceFormProps) {
  const [text, setText] = useState(matchers);
  const [span, setSpan] = useState('2h');
  const [comment, setComment] = useState(suggested);
  const [notice, setNotice] = useState<{ readonly text: string; readonly bad: boolean }>();
  const [busy, setBusy] = useState(false);
  const active = useFetched('silence-form', (signal) => alertGroups(signal));
  const list = parseMatchers(text);
  const duration = parseSpan(span);
  const muted = new Set(
    (active.value ?? [])
      .flatMap((group) => group.alerts)
      .filter((alert) => list?.every((matcher) => matcherMeets(matcher, alert.labels)))
      .map(({ fingerprint }) => fingerprint),
  );
  const submit = async (): Promise<void> => {
    if (list === undefined)
      return setNotice({ bad: true, text: 'Not a list of matchers such as {alertname="X", job=~"a|b"}.' });
    if (duration === undefined || duration === 0)
      return setNotice({ bad: true, text: `"${span}" is not a span of time such as 90m, 2h or 1d12h.` });
    setBusy(true);
    try {
      await createSilence(list, duration, 'web UI', comment);
      setNotice({ bad: false, text: `Silenced for ${span}: ${list.map(matcherText).join(', ')}` });
      onDone();
    } catch (error) {
      setNotice({ bad: true, text: error instanceof Error ? error.message : String(error) });
    }
    setBusy(false);
  };
  return (
    <form
      class="card stack-tight silence-form"
      aria-label="New silence"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <div class="row">
        <label class="field wide">
          <span>Silence alerts that match</span>
          <input
            required
            spellcheck={false}
            class="mono"
            value={text}
            placeholder='{alertname="X"}'
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>For</span>
          <input
            required
            size={7}
            list="silence-spans"
            value={span}
            onInput={(event) => setSpan(event.currentTarget.value.trim())}
          />
          <datalist id="silence-spans">
            {SPANS.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </label>
        <label class="field wide">
          <span>Why</span>
          <input required value={comment} onInput={(event) => setComment(event.currentTarget.value)} />
        </label>
        <button class="button primary" type="submit" disabled={busy}>
          Silence
        </button>
      </div>
      {text.trim() !== '' && active.value !== undefined && (
        <p class="muted small" aria-live="polite">
          {list === undefined
            ? 'This is not a list of matchers yet.'
            : muted.size === 0
              ? 'No active alert matches; future ones that do stay silent.'
              : muted.size === 1
                ? 'Silences 1 active alert.'
                : `Silences ${muted.size} active alerts.`}
        </p>
      )}
      {notice !== undefined && (
        <p class={`notice ${notice.bad ? 'error' : 'good'}`} role="status">
          {notice.text}
        </p>
      )}
    </form>
  );
}
