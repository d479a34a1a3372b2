import { useState } from 'preact/hooks';
import { expireSilence, silences } from '../api/alerts';
import type { AlertTabProps } from '../lib/alert-tab';
import { formatSeconds, formatTime } from '../lib/format';
import { setQuery, useLocation } from '../lib/location';
import { matcherText } from '../lib/matchers';
import { useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';
import { SilenceForm } from './alert-silence-form';

/** A new silence, and those there are. */
export function Silences({ turn, onDone }: AlertTabProps) {
  const { query } = useLocation();
  const { range } = useTimeRange();
  const [error, setError] = useState('');
  const withExpired = query.get('expired') === '1';
  const fetched = useFetched(`silences@${range.to}@${turn}`, (signal) => silences(signal));
  const all = fetched.value ?? [];
  const list = all.filter((silence) => withExpired || silence.status.state !== 'expired');
  const expired = all.length - all.filter((silence) => silence.status.state !== 'expired').length;
  const expire = async (id: string): Promise<void> => {
    try {
      await expireSilence(id);
      setError('');
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
    }
    onDone();
  };
  return (
    <>
      <SilenceForm key={query.get('matchers')} matchers={query.get('matchers') ?? ''} onDone={onDone} />
      {(error !== '' || fetched.error !== undefined) && <p class="notice error">{error || fetched.error}</p>}
      {list.length === 0 ? (
        fetched.value !== undefined && (
          <div class="empty">
            <p>Nothing is silenced.</p>
            <p class="muted">
              A silence keeps the alerts that match from being notified until it ends. They go on being evaluated.
            </p>
          </div>
        )
      ) : (
        <section class="card scroll-x">
          <table>
            <thead>
              <tr>
                <th>State</th>
                <th>Matches</th>
                <th>By</th>
                <th>Ends</th>
                <th>
                  <span class="visually-hidden">Expire</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {list.map((silence) => (
                <tr key={silence.id}>
                  <td>
                    <span class={`pill ${silence.status.state}`}>{silence.status.state}</span>
                  </td>
                  <td>
                    <div class="labels">
                      {silence.matchers.map((matcher) => (
                        <span key={matcherText(matcher)} class="label">
                          {matcherText(matcher)}
                        </span>
                      ))}
                    </div>
                    <div class="muted small">{silence.comment}</div>
                  </td>
                  <td>{silence.createdBy}</td>
                  <td class="nowrap">
                    {formatTime(Date.parse(silence.endsAt))}
                    {silence.status.state === 'active' && (
                      <div class="muted small">
                        in {formatSeconds(Math.max(0, Date.parse(silence.endsAt) - range.to) / 1000)}
                      </div>
                    )}
                  </td>
                  <td class="right">
                    {silence.status.state !== 'expired' && (
                      <button class="button" type="button" onClick={() => void expire(silence.id)}>
                        Expire
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {expired > 0 && (
        <div>
          <button
            class="button"
            type="button"
            aria-pressed={withExpired}
            onClick={() => setQuery({ expired: withExpired ? undefined : '1' })}
          >
            {withExpired ? 'Without the expired' : `Show ${expired} expired`}
          </button>
        </div>
      )}
    </>
  );
}
