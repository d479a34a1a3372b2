import { queryRange } from '../api/prometheus';
import { formatTime } from '../lib/format';
import { stepFor, useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';

/** When each instance of an alerting rule was pending and firing, from the `ALERTS` series. */
export function StateTimeline({ rule }: { readonly rule: string }) {
  const { range } = useTimeRange();
  const step = stepFor(range, 200);
  const { value, error } = useFetched(`timeline:${rule}@${range.from}@${range.to}`, (signal) =>
    queryRange(`ALERTS{alertname=${JSON.stringify(rule)}}`, range.from, range.to, step, signal),
  );
  if (error !== undefined) return <p class="notice error">{error}</p>;
  const rows = new Map<string, { labels: string; bars: { state: string; from: number; to: number }[] }>();
  for (const series of value?.result ?? []) {
    const { __name__: _name, alertstate = '', alertname: _alert, ...labels } = series.metric;
    const text =
      Object.entries(labels)
        .map(([name, each]) => `${name}="${each}"`)
        .join(' ') || rule;
    const row = rows.get(text) ?? { labels: text, bars: [] };
    rows.set(text, row);
    let open: { state: string; from: number; to: number } | undefined;
    for (const [time] of series.values) {
      if (open !== undefined && time - open.to <= step * 1.5) open.to = time;
      else row.bars.push((open = { state: alertstate, from: time, to: time }));
    }
  }
  if (rows.size === 0) return <p class="muted small">Neither pending nor firing in this range.</p>;
  const scale = (seconds: number): number => ((seconds * 1000 - range.from) / (range.to - range.from)) * 100;
  return (
    <section class="card" aria-label="State over time">
      <header>
        <h3>State over time</h3>
      </header>
      {[...rows.values()].slice(0, 20).map((row) => (
        <div key={row.labels} class="timeline">
          <span class="mono small" title={row.labels}>
            {row.labels}
          </span>
          <div class="timeline-lane">
            {row.bars.map((bar) => (
              <i
                key={`${bar.state}${bar.from}`}
                class={bar.state}
                title={`${bar.state} ${formatTime(bar.from * 1000)} – ${formatTime(bar.to * 1000)}`}
                style={{
                  left: `${scale(bar.from)}%`,
                  width: `${Math.max(0.4, scale(bar.to + step) - scale(bar.from))}%`,
                }}
              />
            ))}
          </div>
        </div>
      ))}
    </section>
  );
}
