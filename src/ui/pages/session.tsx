import type { StackSessionDetail } from '../../contracts/stack';
import { session } from '../api/stack';
import { ContextChart } from '../components/context-chart';
import { Link } from '../components/link';
import { Loading } from '../components/loading';
import { SessionComparison } from '../components/session-comparison';
import { Time } from '../components/time';
import { TokenBar, TokenLegend } from '../components/token-bar';
import { formatSeconds, formatUsd, formatValue } from '../lib/format';
import { hrefTo, useLocation } from '../lib/location';
import { useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';

const MOST_ACTIVITIES = 500;

/** One session, or two side by side. */
export default function SessionPage({ id }: { readonly id: string }) {
  const other = useLocation().query.get('compare');
  return other === null ? <SessionView id={id} /> : <SessionComparison first={id} second={other} />;
}

function SessionView({ id }: { readonly id: string }) {
  const { range } = useTimeRange();
  const { value, error } = useFetched(`session:${id}@${Math.floor(range.to / 5000)}`, (signal) => session(id, signal));
  if (error !== undefined) return <p class="notice error">{error}</p>;
  if (value === undefined) return <Loading height={320} />;
  return (
    <div class="stack">
      <header class="row">
        <h2 class="mono">{value.session}</h2>
        <span class="pill">{value.emitter || value.service}</span>
        {value.repository !== '' && (
          <span class="pill">
            {value.repository} {value.branch}
          </span>
        )}
        {value.discrepancies > 0 && <span class="pill warning">{value.discrepancies} discrepancies</span>}
        <span class="muted small">
          <Time at={value.start} /> – <Time at={value.end} />
        </span>
      </header>
      <div class="grid-4">
        <Fact
          title="Turns · model calls · tools"
          text={`${value.turns || '–'} · ${value.modelCalls} · ${value.toolCalls}`}
          hint={value.turns === 0 ? 'turns are not reported' : ''}
        />
        <Fact
          title="Tokens"
          text={formatValue((value.tokens.input ?? 0) + (value.tokens.output ?? 0), 'tokens')}
          {...(value.callsWithoutUsage > 0 ? { hint: `${value.callsWithoutUsage} calls reported none` } : {})}
        />
        <Fact
          title="Cost at list price"
          text={value.costUsd === null ? 'unknown' : formatUsd(value.costUsd)}
          hint={value.reportedCostUsd === null ? '' : `${formatUsd(value.reportedCostUsd)} by the vendor’s word`}
        />
        <Fact title="Waited for a person" text={value.waitMs === 0 ? 'never' : formatSeconds(value.waitMs / 1000)} />
      </div>
      <ContextChart calls={value.calls} />
      <Calls detail={value} />
      <Traces ids={value.traceIds} />
      {value.activities.length > 0 && <Activities detail={value} />}
    </div>
  );
}

/** Each model call: what went in (and so what the context holds), what came out, and what it added to the cost. */
function Calls({ detail }: { readonly detail: StackSessionDetail }) {
  const calls = detail.calls.filter((call) => !call.superseded);
  const most = Math.max(1, ...calls.map((call) => (call.inputTokens ?? 0) + (call.outputTokens ?? 0)));
  let spent = 0;
  return (
    <section class="card scroll-x">
      <header>
        <h3>Model calls</h3>
        <span class="grow" />
        <TokenLegend />
      </header>
      <table>
        <thead>
          <tr>
            <th>When</th>
            <th>Model</th>
            <th style={{ width: '40%' }}>Context and answer</th>
            <th class="right">In</th>
            <th class="right">Out</th>
            <th class="right">Took</th>
            <th class="right">Cost so far</th>
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => {
            spent += call.costUsd ?? 0;
            const total = (call.inputTokens ?? 0) + (call.outputTokens ?? 0);
            return (
              <tr key={call.id}>
                <td>
                  {call.traceId === '' ? (
                    <Time at={call.at} />
                  ) : (
                    <Link href={hrefTo(`/trace/${call.traceId}`, call.spanId === '' ? {} : { span: call.spanId })}>
                      <Time at={call.at} />
                    </Link>
                  )}
                  {call.agent !== '' && <div class="muted small">{call.agent}</div>}
                </td>
                <td>
                  {call.responseModel || call.requestModel}
                  {call.outcome !== 'ok' && call.outcome !== '' && (
                    <div class="bad small">{call.errorType || call.outcome}</div>
                  )}
                </td>
                <td>
                  <div style={{ width: `${Math.max(2, (total / most) * 100)}%` }}>
                    <TokenBar
                      tokens={{
                        uncached: call.uncachedInputTokens,
                        cacheRead: call.cacheReadTokens,
                        cacheWrite: call.cacheWriteTokens,
                        output: call.outputTokens,
                      }}
                    />
                  </div>
                  {call.discrepancies.map((text) => (
                    <div key={text} class="warn small">
                      {text}
                    </div>
                  ))}
                </td>
                <td class="right">
                  {call.inputTokens === null ? 'unknown' : call.inputTokens.toLocaleString('en-US')}
                </td>
                <td class="right">
                  {call.outputTokens === null ? 'unknown' : call.outputTokens.toLocaleString('en-US')}
                </td>
                <td class="right">{call.latencyMs === null ? '–' : formatSeconds(call.latencyMs / 1000)}</td>
                <td
                  class="right"
                  title={
                    call.costUsd === null
                      ? 'the cost of this call is unknown'
                      : `${formatUsd(call.costUsd)} for this call, ${call.costCatalog} ${call.costCatalogVersion}`
                  }
                >
                  {formatUsd(spent)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function Activities({ detail }: { readonly detail: StackSessionDetail }) {
  const waits = detail.activities.some(({ waitMs }) => waitMs !== null && waitMs > 0);
  return (
    <section class="card scroll-x">
      <header>
        <h3>Tools, prompts and waits</h3>
      </header>
      <table>
        <thead>
          <tr>
            <th>When</th>
            <th>Kind</th>
            <th>Name</th>
            <th class="right">Took</th>
            {waits && <th class="right">Waited for a person</th>}
          </tr>
        </thead>
        <tbody>
          {detail.activities.slice(0, MOST_ACTIVITIES).map((activity) => (
            <tr key={activity.id}>
              <td class="number nowrap">
                <Time at={activity.at} />
              </td>
              <td>
                <span class={`pill${activity.ok === false ? ' error' : ''}`}>{activity.kind}</span>
              </td>
              <td>
                {activity.name}
                {activity.errorType !== '' && <span class="bad small"> {activity.errorType}</span>}
              </td>
              <td class="right">{activity.durationMs === null ? '–' : formatSeconds(activity.durationMs / 1000)}</td>
              {waits && (
                <td class="right">
                  {activity.waitMs === null || activity.waitMs === 0 ? '–' : formatSeconds(activity.waitMs / 1000)}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {detail.activities.length > MOST_ACTIVITIES && (
        <p class="muted small more">
          The first {MOST_ACTIVITIES} of {detail.activities.length.toLocaleString('en-US')}.
        </p>
      )}
    </section>
  );
}

function Fact({ title, text, hint = '' }: { readonly title: string; readonly text: string; readonly hint?: string }) {
  return (
    <div class="card">
      <div class="muted small">{title}</div>
      <div class="big">{text}</div>
      {hint !== '' && <div class="muted small">{hint}</div>}
    </div>
  );
}

/** The traces that the session's calls and tools belong to, by first use. */
function Traces({ ids }: { readonly ids: readonly string[] }) {
  if (ids.length === 0) return null;
  return (
    <section class="card">
      <header>
        <h3>Traces</h3>
        <span class="muted small">{ids.length}</span>
      </header>
      <div class="labels">
        {ids.slice(0, 100).map((id) => (
          <Link key={id} class="label" href={hrefTo(`/trace/${id}`)}>
            {id.slice(0, 8)}
          </Link>
        ))}
        {ids.length > 100 && <span class="muted small">and {ids.length - 100} more</span>}
      </div>
    </section>
  );
}
