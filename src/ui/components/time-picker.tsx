import { setQuery, useLocation } from '../lib/location';
import { QUICK_RANGES, UNITS_OF_REFRESH } from '../lib/time-range';

/** The range and the refresh interval that all panels of a page share. */
export function TimePicker() {
  const { query } = useLocation();
  const from = query.get('from') ?? 'now-15m';
  const to = query.get('to') ?? 'now';
  const refresh = query.get('refresh') ?? '5s';
  const quick = to === 'now' && QUICK_RANGES.some(([text]) => text === from);
  return (
    <div class="row time-picker">
      {!quick && (
        <button
          class="button"
          type="button"
          onClick={() => setQuery({ from: undefined, to: undefined }, { push: true })}
          title="Back to the default range"
        >
          {labelOf(from)} – {labelOf(to)} ✕
        </button>
      )}
      <label>
        <span class="visually-hidden">Time range</span>
        <select
          value={quick ? from : ''}
          onChange={(event) => setQuery({ from: event.currentTarget.value, to: undefined }, { push: true })}
        >
          {!quick && <option value="">Custom range</option>}
          {QUICK_RANGES.map(([text, label]) => (
            <option key={text} value={text}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="visually-hidden">Refresh</span>
        <select
          value={refresh}
          onChange={(event) =>
            setQuery({ refresh: event.currentTarget.value === '5s' ? undefined : event.currentTarget.value })
          }
        >
          {Object.keys(UNITS_OF_REFRESH).map((text) => (
            <option key={text} value={text}>
              {text === 'off' ? 'Paused' : `Every ${text}`}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function labelOf(text: string): string {
  return /^\d+$/.test(text)
    ? new Date(Number(text)).toLocaleString('en-GB', {
        month: 'short',
        day: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
      })
    : text;
}
