import { alertGroups } from '../api/alerts';
import type { AlertGroup, ManagedAlert } from '../api/alerts';
import type { AlertTabProps } from '../lib/alert-tab';
import { formatAgo } from '../lib/format';
import { hrefTo, setQuery } from '../lib/location';
import { matchersOf } from '../lib/matchers';
import { useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';
import { LabelList } from './label-set';
import { Link } from './link';
import { Loading } from './loading';

/** What is active, as the receivers get it: one card a receiver, one part a message. */
export function ActiveNotifications({ turn }: AlertTabProps) {
  const { range } = useTimeRange();
  const { value, error } = useFetched(`groups@${range.to}@${turn}`, (signal) => alertGroups(signal));
  if (error !== undefined) return <p class="notice error">{error}</p>;
  if (value === undefined) return <Loading />;
  if (value.length === 0)
    return (
      <div class="empty">
        <p>No alert is active, so no receiver gets anything.</p>
        <Link class="button" href={hrefTo('/alerts', { tab: 'receivers' })}>
          Send a receiver a test
        </Link>
      </div>
    );
  const receivers = [...new Set(value.map((group) => group.receiver.name))];
  return (
    <div class="stack">
      {receivers.map((name) => (
        <section key={name} class="card" aria-label={`Receiver ${name}`}>
          <header>
            <h3>{name}</h3>
            <span class="muted small">{sumUp(value.filter((group) => group.receiver.name === name))}</span>
          </header>
          {value
            .filter((group) => group.receiver.name === name)
            .map((group) => (
              <Message key={JSON.stringify(group.labels)} group={group} now={range.to} />
            ))}
        </section>
      ))}
    </div>
  );
}

/** Alerts that come in one message. */
function Message({ group, now }: { readonly group: AlertGroup; readonly now: number }) {
  return (
    <div class="message-group">
      <div class="row small">
        <span class="muted">one message for</span>
        {Object.keys(group.labels).length === 0 ? (
          <span class="muted">everything</span>
        ) : (
          <LabelList labels={group.labels} />
        )}
      </div>
      <div class="scroll-x">
        <table class="stacked">
          <tbody>
            {group.alerts.map((alert) => (
              <tr key={alert.fingerprint}>
                <td style={{ width: '110px' }}>
                  <span class={`pill ${alert.status.state === 'suppressed' ? 'warning' : 'firing'}`}>
                    {heldBackBy(alert) || alert.status.state}
                  </span>
                </td>
                <td>
                  {alert.annotations['summary']}
                  <LabelList labels={alert.labels} without={Object.keys(group.labels)} />
                </td>
                <td class="right nowrap">{formatAgo(Date.parse(alert.startsAt), now)}</td>
                <td class="right nowrap">
                  <button
                    class="button"
                    type="button"
                    title="Stage by stage, why it was or was not notified; acknowledge and snooze"
                    onClick={() => {
                      setQuery({ alert: alert.fingerprint });
                      window.scrollTo(0, 0);
                    }}
                  >
                    Why, ack
                  </button>{' '}
                  <Link
                    class="button"
                    href={hrefTo('/alerts', { tab: 'silences', matchers: matchersOf(alert.labels) })}
                  >
                    Silence …
                  </Link>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function heldBackBy({ status }: ManagedAlert): string {
  if (status.silencedBy.length > 0) return 'silenced';
  if (status.inhibitedBy.length > 0) return 'inhibited';
  return (status.mutedBy ?? []).length > 0 ? 'muted' : '';
}

function sumUp(groups: readonly AlertGroup[]): string {
  const alerts = groups.reduce((sum, group) => sum + group.alerts.length, 0);
  return `${alerts === 1 ? '1 alert' : `${alerts} alerts`} in ${groups.length === 1 ? '1 message' : `${groups.length} messages`}`;
}
