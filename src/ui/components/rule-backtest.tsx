import { useEffect, useMemo, useState } from 'preact/hooks';
import type { BacktestBody } from '../../contracts/backtest';
import { backtest } from '../api/rules';
import type { Rule, RuleGroup } from '../api/rules';
import { formatSeconds, formatTime, formatValue } from '../lib/format';
import { lazy } from '../lib/lazy';
import { setQuery, useLocation } from '../lib/location';
import { useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';
import type { ChartProps } from './chart';
import { unitOf } from '../lib/threshold';
import { LabelList } from './label-set';
import { Loading } from './loading';
import { Time } from './time';

const Chart = lazy<ChartProps>(() => import('./chart'), 200);

const DAY = 86_400_000;
const WINDOWS: Readonly<Record<string, number>> = {
  '6 hours': DAY / 4,
  '1 day': DAY,
  '3 days': 3 * DAY,
  '7 days': 7 * DAY,
};
const STEPS = 200;

/** The rule replayed over the last days, with its own threshold or another one. */
export function RuleBacktest({ group, rule }: { readonly group: RuleGroup; readonly rule: Rule }) {
  const { query } = useLocation();
  const { range } = useTimeRange();
  const window = query.get('days') ?? '7 days';
  const chosen = query.get('threshold') ?? '';
  const holdFor = query.get('for') ?? '';
  const address = { group: group.name, rule: rule.name, file: group.file, line: rule.line };
  // A replay costs: it is not repeated with every refresh of the page.
  const to = useMemo(() => range.to, [window, rule.name, Math.floor(range.to / 60_000)]);
  const from = to - (WINDOWS[window] ?? 7 * DAY);
  const { value, error, loading } = useFetched(
    `backtest:${JSON.stringify([address, from, chosen, holdFor])}`,
    (signal) =>
      backtest(address, { from, to, holdFor, ...(chosen === '' ? {} : { threshold: Number(chosen) }) }, signal),
  );
  return (
    <section class="stack-tight backtest" aria-label="Backtest" aria-busy={loading}>
      <div class="row">
        <label class="row small">
          Over the last
          <select
            value={window}
            onChange={(event) =>
              setQuery({ days: event.currentTarget.value === '7 days' ? undefined : event.currentTarget.value })
            }
          >
            {Object.keys(WINDOWS).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label class="row small" title="How long the condition must hold before it fires">
          Hold for
          <input
            size={5}
            placeholder={formatSeconds((rule.holdFor ?? 0) / 1000)}
            value={holdFor}
            onChange={(event) => setQuery({ for: event.currentTarget.value.trim() })}
          />
        </label>
        {(chosen !== '' || holdFor !== '') && (
          <button class="button" type="button" onClick={() => setQuery({ threshold: undefined, for: undefined })}>
            As the rule stands
          </button>
        )}
      </div>
      {error !== undefined && <p class="notice error">{error}</p>}
      {value === undefined ? (
        error === undefined && <Loading height={200} />
      ) : (
        <>
          <ThresholdSlider body={value} chosen={chosen} />
          <Outcome body={value} />
          <Course body={value} />
          <Firings body={value} />
          {value.notes.map((note) => (
            <p key={note} class="muted small">
              {note}
            </p>
          ))}
          {value.condition !== null && <Proposal address={address} from={from} to={to} />}
        </>
      )}
    </section>
  );
}

function ThresholdSlider({ body, chosen }: { readonly body: BacktestBody; readonly chosen: string }) {
  const unit = unitOf(body.condition?.text);
  const { condition } = body;
  const [draft, setDraft] = useState(chosen);
  useEffect(() => setDraft(chosen), [chosen]);
  useEffect(() => {
    if (draft === chosen) return undefined;
    const timer = setTimeout(() => setQuery({ threshold: draft }), 250);
    return () => clearTimeout(timer);
  }, [draft]);
  if (condition === null)
    return <p class="muted small">This rule does not compare with a number: there is no threshold to vary.</p>;
  const values = body.measured.flatMap((series) => series.points.map(([, value]) => value)).filter(Number.isFinite);
  const least = Math.min(0, ...values, condition.threshold);
  const most = Math.max(...values, condition.threshold * 1.5, condition.threshold + 1e-6);
  const step = (most - least) / STEPS;
  const current = draft === '' ? condition.threshold : Number(draft);
  return (
    <label class="row threshold">
      <span class="small">
        Fires {wordOf(condition.operator)} <b class="number">{formatValue(current, unit)}</b>
        {draft === '' && <span class="muted"> (the rule’s own, {condition.text})</span>}
      </span>
      <input
        type="range"
        min={least}
        max={most}
        step={step}
        value={current}
        aria-label="Threshold"
        onInput={(event) => setDraft(Number(event.currentTarget.value).toPrecision(4))}
      />
    </label>
  );
}

function Outcome({ body }: { readonly body: BacktestBody }) {
  const days = (body.window.end - body.window.start) / DAY;
  return (
    <p role="status">
      {body.count === 0 ? (
        <span class="pill ok">would not have fired</span>
      ) : (
        <>
          <span class="pill firing">
            {body.count === 1 ? 'would have fired once' : `would have fired ${body.count} times`}
          </span>{' '}
          <span class="muted small">
            {formatValue(body.alertsPerWeek, 'none', 1)} a week · firing for {formatSeconds(body.firingTime / 1000)} of{' '}
            {days < 1 ? formatSeconds(days * 86_400) : `${Math.round(days * 10) / 10} days`}
            {body.delay !== null && ` · ${formatSeconds(body.delay / 1000)} from the condition to the alert`}
          </span>
        </>
      )}
    </p>
  );
}

/** What is compared, against the threshold, and below it when it would have fired. */
function Course({ body }: { readonly body: BacktestBody }) {
  const unit = unitOf(body.condition?.text);
  const { start, end } = body.window;
  const drawn = useMemo(() => {
    const times = [...new Set(body.measured.flatMap((series) => series.points.map(([t]) => t)))].sort((a, b) => a - b);
    const index = new Map(times.map((t, at) => [t, at]));
    const series = body.measured.map(({ labels, points }) => {
      const values: (number | null)[] = new Array<number | null>(times.length).fill(null);
      for (const [t, value] of points) {
        const at = index.get(t);
        if (at !== undefined) values[at] = value;
      }
      return {
        name:
          Object.entries(labels)
            .map(([name, value]) => `${name}="${value}"`)
            .join(' ') || body.rule,
        values,
      };
    });
    return { times: times.map((t) => t / 1000), series };
  }, [body]);
  if (drawn.series.length === 0) return null;
  return (
    <>
      <Chart
        label={`What ${body.rule} measures, against its threshold`}
        times={drawn.times}
        series={drawn.series}
        unit={unit}
        height={180}
        from={start / 1000}
        to={end / 1000}
        sparse
        {...(body.threshold === null ? {} : { thresholds: [{ value: body.threshold, color: '#d55e00' }] })}
      />
      <div class="timeline-lane firings" aria-hidden="true">
        {body.firings.map((firing) => (
          <i
            key={`${firing.firedAt}${JSON.stringify(firing.labels)}`}
            class="firing"
            title={`${formatTime(firing.firedAt)} – ${firing.resolvedAt === null ? 'the end' : formatTime(firing.resolvedAt)}`}
            style={{
              left: `${((firing.firedAt - start) / (end - start)) * 100}%`,
              width: `${Math.max(0.3, (((firing.resolvedAt ?? end) - firing.firedAt) / (end - start)) * 100)}%`,
            }}
          />
        ))}
      </div>
      {body.measuredSeries > drawn.series.length && (
        <p class="muted small">
          The {drawn.series.length} series with the largest values, of {body.measuredSeries}.
        </p>
      )}
    </>
  );
}

function Firings({ body }: { readonly body: BacktestBody }) {
  const unit = unitOf(body.condition?.text);
  if (body.firings.length === 0) return null;
  return (
    <details>
      <summary class="small">Each time</summary>
      <table class="small tight">
        <tbody>
          {body.firings.slice(-50).map((firing) => (
            <tr key={`${firing.firedAt}${JSON.stringify(firing.labels)}`}>
              <td class="number">
                <Time at={firing.firedAt} />
              </td>
              <td class="right">
                {firing.resolvedAt === null
                  ? 'to the end'
                  : `for ${formatSeconds((firing.resolvedAt - firing.firedAt) / 1000)}`}
              </td>
              <td class="right">{firing.peak === null ? '' : `at most ${formatValue(firing.peak, unit)}`}</td>
              <td>
                <LabelList labels={firing.labels} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** Thresholds and holds tried through, and what they suggest. */
function Proposal({
  address,
  from,
  to,
}: {
  readonly address: Parameters<typeof backtest>[0];
  readonly from: number;
  readonly to: number;
}) {
  const [asked, setAsked] = useState(false);
  const { value, error } = useFetched(`sweep:${asked}:${from}`, (signal) =>
    asked ? backtest(address, { from, to, sweep: true }, signal) : Promise.resolve(undefined),
  );
  if (!asked)
    return (
      <div>
        <button
          class="button"
          type="button"
          title="Tries thresholds and holds, and proposes the quickest that is quiet enough"
          onClick={() => setAsked(true)}
        >
          Propose a threshold
        </button>
      </div>
    );
  if (error !== undefined) return <p class="notice error">{error}</p>;
  const sweep = value?.sweep;
  if (sweep === undefined || sweep === null) return <Loading />;
  const { proposal, patch } = sweep;
  const unit = unitOf(value?.condition?.text);
  return (
    <div class="stack-tight">
      {proposal === null ? (
        <p class="muted small">None of the combinations is quiet enough: at most 3 alerts a week.</p>
      ) : (
        <div class="row">
          <span class="small">
            Quick and quiet enough: threshold <b>{formatValue(proposal.threshold, unit)}</b>, held for{' '}
            <b>{formatSeconds(proposal.holdFor / 1000)}</b>, which fires{' '}
            {proposal.firings === 1 ? 'once' : `${proposal.firings} times`}.
          </span>
          <button
            class="button"
            type="button"
            onClick={() =>
              setQuery({ threshold: String(proposal.threshold), for: `${Math.round(proposal.holdFor / 1000)}s` })
            }
          >
            Show it
          </button>
        </div>
      )}
      {patch !== null && (
        <details open>
          <summary class="small">As a change of the file</summary>
          <pre class="code">{patch}</pre>
        </details>
      )}
    </div>
  );
}

function wordOf(operator: string): string {
  switch (operator) {
    case '>':
      return 'above';
    case '>=':
      return 'from';
    case '<':
      return 'below';
    case '<=':
      return 'down from';
    default:
      return operator;
  }
}
