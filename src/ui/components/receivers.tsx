import { useState } from 'preact/hooks';
import { receivers, testReceiver } from '../api/alerts';
import type { Receiver, TestOutcome } from '../api/alerts';
import { useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';
import { Loading } from './loading';

/** Where notifications go, how that stands, and a test to each. */
export function Receivers() {
  const { range } = useTimeRange();
  const { value, error } = useFetched(`receivers@${range.to}`, (signal) => receivers(signal));
  if (error !== undefined) return <p class="notice error">{error}</p>;
  if (value === undefined) return <Loading />;
  return (
    <div class="stack">
      {value.every((receiver) => receiver.channels.length === 0) && (
        <div class="empty">
          <p>No receiver has a channel: alerts are shown here and told to nobody.</p>
          <p class="muted">
            Name receivers under <code>alerting</code> in telltale.yaml, or give an Alertmanager configuration with{' '}
            <code>telltale serve --alertmanager-config FILE</code>.
          </p>
        </div>
      )}
      {value.map((receiver) => (
        <ReceiverCard key={receiver.name} receiver={receiver} />
      ))}
    </div>
  );
}

function ReceiverCard({ receiver }: { readonly receiver: Receiver }) {
  const [outcome, setOutcome] = useState<readonly TestOutcome[]>();
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const send = async (): Promise<void> => {
    setBusy(true);
    setError('');
    try {
      setOutcome(await testReceiver(receiver.name));
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
    }
    setBusy(false);
  };
  return (
    <section class="card" aria-label={`Receiver ${receiver.name}`}>
      <header>
        <h3>{receiver.name}</h3>
        {receiver.channels.length === 0 && <span class="muted small">has no channel: what comes here is dropped</span>}
        <span class="grow" />
        <button
          class="button"
          type="button"
          disabled={busy || receiver.channels.length === 0}
          title="Sends a notification that says that it is a test"
          onClick={() => void send()}
        >
          {busy ? 'Sending …' : 'Send a test'}
        </button>
      </header>
      {error !== '' && <p class="notice error">{error}</p>}
      {receiver.channels.length > 0 && (
        <div class="scroll-x">
          <table>
            <thead>
              <tr>
                <th>Channel</th>
                <th>State</th>
                <th class="right" title="Notifications that wait to be sent">
                  Queued
                </th>
                <th class="right">Underway</th>
                <th class="right" title="In a row">
                  Failures
                </th>
                <th>Tells when resolved</th>
                <th>Test</th>
              </tr>
            </thead>
            <tbody>
              {receiver.channels.map((channel) => (
                <tr key={channel.key}>
                  <td>
                    {channel.channel} <span class="muted small mono">{channel.key}</span>
                  </td>
                  <td>
                    <span class={`pill ${channel.circuit === 'closed' ? 'ok' : 'error'}`}>
                      {channel.circuit === 'closed' ? 'working' : 'out of reach'}
                    </span>
                  </td>
                  <td class="right">{channel.queued}</td>
                  <td class="right">{channel.underway}</td>
                  <td class={`right ${channel.failures > 0 ? 'bad' : ''}`}>{channel.failures}</td>
                  <td>{channel.sendResolved ? 'yes' : 'no'}</td>
                  <td>
                    <TestResult outcome={outcome?.find(({ integration }) => integration === channel.key)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function TestResult({ outcome }: { readonly outcome: TestOutcome | undefined }) {
  if (outcome === undefined) return <span class="muted">–</span>;
  const { kind, reason, message } = outcome.delivery;
  return (
    <span role="status">
      <span class={`pill ${kind === 'delivered' ? 'ok' : 'error'}`}>{kind}</span>{' '}
      <span class="small">{[reason, message].filter((text) => text !== undefined && text !== '').join(': ')}</span>
    </span>
  );
}
