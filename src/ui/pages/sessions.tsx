import type { StackSession, StackSessionDetail, StackTokens } from '../../contracts/stack';
import type { PageProps } from '../lib/page';
import { session, sessions } from '../api/stack';
import { Link } from '../components/link';
import { SendDataHint } from '../components/send-data-hint';
import { TOKEN_COLORS, TokenBar } from '../components/token-bar';
import { formatSeconds, formatTime, formatUsd, formatValue } from '../lib/format';
import { hrefTo, navigate, setQuery, useLocation } from '../lib/location';
import { useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';

/** Sessions of assistants, from the token ledger. */
export default function Sessions({ rest }: PageProps) {
  return rest === '' ? <SessionList /> : <SessionView id={decodeURIComponent(rest)} />;
}

function SessionList() {
  const { query } = useLocation();
  const { range } = useTimeRange();
  const filter = query.get('filter') ?? '';
  const { value, error } = useFetched(`sessions@${range.from}@${range.to}`, (signal) =>
    sessions(range.from, range.to, signal),
  );
  if (error !== undefined) return <p class="notice error">{error}</p>;
  if (value === undefined) return <div class="loading" aria-busy="true" />;
  if (value.length === 0) return <SendDataHint />;
  const shown = value.filter(
    (each) =>
      filter === '' ||
      [each.session, each.emitter, each.user, each.repository, each.branch, ...each.models]
        .join(' ')
        .toLowerCase()
        .includes(filter.toLowerCase()),
  );
  return (
    <div class="stack">
      <div class="row">
        <input
          aria-label="Filter sessions"
          placeholder="Filter by assistant, repository, user, model"
          size={40}
          value={filter}
          onInput={(event) => setQuery({ filter: event.currentTarget.value })}
        />
        <span class="grow" />
        <span class="muted small">
          {shown.length} of {value.length} sessions
        </span>
      </div>
      <section class="card scroll-x">
        <table>
          <thead>
            <tr>
              <th>Session</th>
              <th>Where</th>
              <th class="right">Turns</th>
              <th class="right">Model calls</th>
              <th class="right">Tools</th>
              <th>Tokens</th>
              <th class="right">Cache read</th>
              <th class="right">Cost</th>
              <th class="right">Waited</th>
              <th class="right">Last seen</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((each) => (
              <tr
                key={each.session}
                class="clickable"
                onClick={() => navigate(hrefTo(`/sessions/${encodeURIComponent(each.session)}`))}
              >
                <td>
                  <Link href={hrefTo(`/sessions/${encodeURIComponent(each.session)}`)}>
                    {each.session.slice(0, 18)}
                  </Link>
                  <div class="muted small">
                    {each.emitter || each.service} · {each.models.join(', ')}
                  </div>
                </td>
                <td>
                  {each.repository === '' ? <span class="muted">–</span> : each.repository}
                  <div class="muted small">
                    {[each.branch, each.user.slice(0, 12)].filter((part) => part !== '').join(' · ')}
                  </div>
                </td>
                <td class="right">{each.turns}</td>
                <td class="right">
                  {each.modelCalls}
                  {each.failedCalls > 0 && <div class="bad small">{each.failedCalls} failed</div>}
                </td>
                <td class="right">
                  {each.toolCalls}
                  {each.failedToolCalls > 0 && <div class="bad small">{each.failedToolCalls} failed</div>}
                </td>
                <td style={{ minWidth: '130px' }}>
                  <TokenBar tokens={each.tokens} />
                </td>
                <td class="right">{formatValue(cacheShare(each.tokens), 'percentunit')}</td>
                <td class="right">
                  <Cost session={each} />
                </td>
                <td class="right">{each.waitMs === 0 ? '–' : formatSeconds(each.waitMs / 1000)}</td>
                <td class="right">{formatTime(each.end)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function SessionView({ id }: { readonly id: string }) {
  const { range } = useTimeRange();
  const { value, error } = useFetched(`session:${id}@${Math.floor(range.to / 5000)}`, (signal) => session(id, signal));
  if (error !== undefined) return <p class="notice error">{error}</p>;
  if (value === undefined) return <div class="loading" aria-busy="true" />;
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
          {formatTime(value.start)} – {formatTime(value.end)}
        </span>
      </header>
      <div class="grid-4">
        <Fact title="Turns · model calls · tools" text={`${value.turns} · ${value.modelCalls} · ${value.toolCalls}`} />
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
      <Calls detail={value} />
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
        <span class="legend">
          {Object.entries(TOKEN_COLORS).map(([name, color]) => (
            <span key={name}>
              <span class="swatch" style={{ background: color }} />
              {name}
            </span>
          ))}
        </span>
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
                    formatTime(call.at)
                  ) : (
                    <Link href={hrefTo(`/trace/${call.traceId}`, call.spanId === '' ? {} : { span: call.spanId })}>
                      {formatTime(call.at)}
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
  return (
    <section class="card scroll-x">
      <header>
        <h3>Tools, prompts and waits</h3>
      </header>
      <table>
        <tbody>
          {detail.activities.slice(0, 500).map((activity) => (
            <tr key={activity.id}>
              <td class="number">{formatTime(activity.at)}</td>
              <td>
                <span class={`pill${activity.ok === false ? ' error' : ''}`}>{activity.kind}</span>
              </td>
              <td>
                {activity.name}
                {activity.errorType !== '' && <span class="bad small"> {activity.errorType}</span>}
              </td>
              <td class="right">{activity.durationMs === null ? '–' : formatSeconds(activity.durationMs / 1000)}</td>
              <td class="right">
                {activity.waitMs === null || activity.waitMs === 0
                  ? ''
                  : `waited ${formatSeconds(activity.waitMs / 1000)}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Fact({ title, text, hint = '' }: { readonly title: string; readonly text: string; readonly hint?: string }) {
  return (
    <div class="card">
      <div class="muted small">{title}</div>
      <div class="big">{text}</div>
      <div class="muted small">{hint === '' ? '\u00a0' : hint}</div>
    </div>
  );
}

function Cost({ session: { costUsd, reportedCostUsd, callsWithoutCost } }: { readonly session: StackSession }) {
  if (costUsd === null && reportedCostUsd === null) return <span class="muted">unknown</span>;
  return (
    <>
      {formatUsd(costUsd ?? reportedCostUsd ?? 0)}
      {callsWithoutCost > 0 && <div class="warn small">{callsWithoutCost} unpriced</div>}
    </>
  );
}

function cacheShare(tokens: StackTokens): number | null {
  return tokens.cacheRead === null || tokens.input === null || tokens.input === 0
    ? null
    : tokens.cacheRead / tokens.input;
}
