import { useState } from 'preact/hooks';
import { acknowledgeAlert, explainAlert, snoozeAlert } from '../api/alerts';
import { formatTime } from '../lib/format';
import { useFetched } from '../lib/use-fetched';

const SPANS = ['30m', '2h', '1d', '1w'] as const;

/** Why an alert was (not) notified, stage by stage, with the ways to acknowledge and to snooze it. */
export function AlertWhy({
  fingerprint,
  chosen,
  onClose,
}: {
  readonly fingerprint: string;
  /** What a link asks to be done: `ack`. */
  readonly chosen?: string;
  readonly onClose?: () => void;
}) {
  const [turn, setTurn] = useState(0);
  const [comment, setComment] = useState('');
  const [span, setSpan] = useState<string>('2h');
  const [notice, setNotice] = useState('');
  const { value, error } = useFetched(`why:${fingerprint}:${turn}`, (signal) => explainAlert(fingerprint, signal));
  const act = async (work: Promise<unknown>, done: string): Promise<void> => {
    try {
      await work;
      setNotice(done);
      setTurn((at) => at + 1);
    } catch (failure) {
      setNotice(failure instanceof Error ? failure.message : String(failure));
    }
  };
  return (
    <section class="card stack-tight why" aria-label="Why notified or not">
      {error !== undefined && <p class="notice error">{error}</p>}
      {value !== undefined && (
        <div class="row">
          <b>{value.labels['alertname'] ?? fingerprint}</b> <span class={`pill ${value.state}`}>{value.state}</span>
          {value.acknowledgement !== null && <span class="pill ok">acknowledged</span>}
          <span class="grow" />
          {onClose !== undefined && (
            <button class="button quiet" type="button" aria-label="Close" onClick={onClose}>
              ✕
            </button>
          )}
        </div>
      )}
      {value?.channels.map((channel) => (
        <div key={channel.integration + channel.groupKey}>
          <h4 class="small">
            {channel.receiver}
            {channel.integration !== '' && ` · ${channel.integration}`}
          </h4>
          <p class="muted small">
            {channel.lastNotified === null ? 'not notified yet' : `last notified ${timeOf(channel.lastNotified)}`}
            {channel.nextPossible !== null && ` · next possible ${timeOf(channel.nextPossible)}`}
          </p>
          <ol class="stages">
            {channel.stages.map((stage, index) => (
              <li key={index} class={stage.verdict}>
                <b>{stage.stage}</b> <span class={`pill ${gradeOf(stage.verdict)}`}>{stage.verdict}</span> {stage.text}
                {stage.until !== null && <span class="muted"> until {timeOf(stage.until)}</span>}
              </li>
            ))}
          </ol>
        </div>
      ))}
      <div class="row fields">
        <label class="field">
          <span>Comment</span>
          <input value={comment} onInput={(event) => setComment(event.currentTarget.value)} />
        </label>
        <label class="field">
          <span>Snooze for</span>
          <select value={span} onChange={(event) => setSpan(event.currentTarget.value)}>
            {SPANS.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <button
          class={chosen === 'ack' ? 'button primary' : 'button'}
          type="button"
          onClick={() => void act(acknowledgeAlert(fingerprint, comment), 'Acknowledged.')}
        >
          Acknowledge
        </button>
        <button
          class="button"
          type="button"
          onClick={() => void act(snoozeAlert(fingerprint, span, comment), `Snoozed for ${span}.`)}
        >
          Snooze
        </button>
      </div>
      {notice !== '' && (
        <p class="notice" role="status">
          {notice}
        </p>
      )}
    </section>
  );
}

function gradeOf(verdict: string): string {
  return /^(pass|sent|ok|deliver)/.test(verdict)
    ? 'ok'
    : /^(stop|suppress|mut|silenc|inhibit|fail)/.test(verdict)
      ? 'warning'
      : '';
}

function timeOf(text: string | null): string {
  return text === null ? '–' : formatTime(Date.parse(text));
}
