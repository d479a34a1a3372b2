import type { StackSession, StackTokens } from '../../contracts/stack';
import type { PageProps } from '../lib/page';
import { sessions } from '../api/stack';
import { outcomes } from '../api/outcomes';
import type { Outcome } from '../api/outcomes';
import { Link } from '../components/link';
import { Loading } from '../components/loading';
import { Time } from '../components/time';
import { TokenBar, TokenLegend } from '../components/token-bar';
import { lazy } from '../lib/lazy';
import { formatSeconds, formatUsd, formatValue } from '../lib/format';
import { hrefTo, navigate, setQuery, useLocation } from '../lib/location';
import { useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';

const SessionPage = lazy<{ id: string }>(() => import('./session'));

/** So many are shown at first. */
const FEW = 50;

/** Sessions of assistants, from the token ledger. */
export default function Sessions({ rest }: PageProps) {
  return rest === '' ? <SessionList /> : <SessionPage id={decodeURIComponent(rest)} />;
}

function SessionList() {
  const { query } = useLocation();
  const { range } = useTimeRange();
  const filter = query.get('filter') ?? '';
  const all = query.get('rows') === 'all';
  const { value, error } = useFetched(`sessions@${range.from}@${range.to}`, (signal) =>
    sessions(range.from, range.to, signal),
  );
  // Told by counters, which change seldom.
  const ends = useFetched(`outcomes@${Math.floor(range.to / 30_000)}`, (signal) => outcomes(range.to, signal));
  const picked = (query.get('pick') ?? '').split(' ').filter((id) => id !== '');
  const pick = (id: string): void =>
    setQuery({
      pick: (picked.includes(id) ? picked.filter((each) => each !== id) : [...picked, id].slice(-2)).join(' '),
    });
  if (error !== undefined) return <p class="notice error">{error}</p>;
  if (value === undefined) return <Loading height={320} />;
  if (value.length === 0)
    return (
      <div class="empty">
        <p>No session of an assistant in this range.</p>
        <p class="muted">
          A session is made of model calls that name a conversation: those of assistants, and of services that write{' '}
          <code>gen_ai.conversation.id</code>.
        </p>
        <div class="row">
          <button class="button" type="button" onClick={() => setQuery({ from: 'now-24h', to: undefined })}>
            Look at the last 24 hours
          </button>
          <Link class="button primary" href={hrefTo('/setup')}>
            Show me the lines that send data
          </Link>
        </div>
      </div>
    );
  const shown = value.filter(
    (each) =>
      filter === '' ||
      [each.session, each.emitter, each.user, each.repository, each.branch, ...each.models]
        .join(' ')
        .toLowerCase()
        .includes(filter.toLowerCase()),
  );
  // A column that no session fills only takes room: what it would hold is named below.
  const has = {
    where: value.some(({ repository, branch, user }) => repository !== '' || branch !== '' || user !== ''),
    turns: value.some(({ turns }) => turns > 0),
    waits: value.some(({ waitMs }) => waitMs > 0),
    outcome: value.some((each) => ends.value?.has(each.session) === true),
  };
  const unreported = [
    has.where ? '' : 'repository and user',
    has.turns ? '' : 'turns',
    has.waits ? '' : 'waits for a person',
    has.outcome ? '' : 'commits and pull requests',
  ].filter((name) => name !== '');
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
        {picked.length === 2 && (
          <Link
            class="button primary"
            href={hrefTo(`/sessions/${encodeURIComponent(picked[0] ?? '')}`, { compare: picked[1] ?? '' })}
          >
            Compare the two
          </Link>
        )}
        {picked.length === 1 && <span class="muted small">Tick a second session to compare the two.</span>}
        <span class="muted small">
          {shown.length === value.length ? '' : `${shown.length} of `}
          {value.length === 1 ? '1 session' : `${value.length} sessions`}
        </span>
      </div>
      <section class="card scroll-x">
        <TokenLegend />
        <table class="rows sessions">
          <thead>
            <tr>
              <th>
                <span class="visually-hidden">Compare</span>
              </th>
              <th>Session</th>
              {has.where && <th>Where</th>}
              {has.turns && <th class="right">Turns</th>}
              <th class="right secondary">Model calls</th>
              <th class="right secondary">Tools</th>
              <th class="right">Tokens</th>
              <th class="right secondary">Cache read</th>
              <th class="right">Cost</th>
              {has.waits && (
                <th class="right" title="For a person: approvals and questions">
                  Waited
                </th>
              )}
              {has.outcome && (
                <th title="Commits, pull requests and lines, where the assistant reports them">Outcome</th>
              )}
              <th class="right">Last seen</th>
            </tr>
          </thead>
          <tbody>
            {(all ? shown : shown.slice(0, FEW)).map((each) => (
              <tr
                key={each.session}
                class="clickable"
                onClick={() => navigate(hrefTo(`/sessions/${encodeURIComponent(each.session)}`))}
              >
                <td onClick={(event) => event.stopPropagation()}>
                  <input
                    type="checkbox"
                    aria-label={`Compare ${each.session}`}
                    checked={picked.includes(each.session)}
                    onChange={() => pick(each.session)}
                  />
                </td>
                <td>
                  <Link class="nowrap" href={hrefTo(`/sessions/${encodeURIComponent(each.session)}`)}>
                    {each.session.slice(0, 18)}
                  </Link>
                  <div class="muted small nowrap">
                    {each.emitter || each.service} · {each.models.join(', ')}
                  </div>
                </td>
                {has.where && (
                  <td>
                    {each.repository === '' ? <span class="muted">–</span> : each.repository}
                    <div class="muted small">
                      {[each.branch, each.user.slice(0, 12)].filter((part) => part !== '').join(' · ')}
                    </div>
                  </td>
                )}
                {has.turns && <td class="right">{each.turns || <span class="muted">–</span>}</td>}
                <td class="right secondary">
                  {each.modelCalls}
                  {each.failedCalls > 0 && <div class="bad small">{each.failedCalls} failed</div>}
                </td>
                <td class="right secondary">
                  {each.toolCalls}
                  {each.failedToolCalls > 0 && <div class="bad small">{each.failedToolCalls} failed</div>}
                </td>
                <td class="right tokens">
                  {totalTokens(each.tokens)}
                  <TokenBar tokens={each.tokens} />
                </td>
                <td class="right secondary">{formatValue(cacheShare(each.tokens), 'percentunit')}</td>
                <td class="right">
                  <Cost session={each} />
                </td>
                {has.waits && <td class="right">{each.waitMs === 0 ? '–' : formatSeconds(each.waitMs / 1000)}</td>}
                {has.outcome && (
                  <td>
                    <OutcomeText outcome={ends.value?.get(each.session)} />
                  </td>
                )}
                <td class="right">
                  <Time at={each.end} now={range.to} />
                  <div class="muted small">{formatSeconds((each.end - each.start) / 1000)} long</div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {!all && shown.length > FEW && (
          <p class="more">
            <button class="button" type="button" onClick={() => setQuery({ rows: 'all' })}>
              Show all {shown.length}
            </button>
          </p>
        )}
        {unreported.length > 0 && <p class="muted small more">No session here reports {unreported.join(', ')}.</p>}
      </section>
    </div>
  );
}

function OutcomeText({ outcome }: { readonly outcome: Outcome | undefined }) {
  if (outcome === undefined) return <span class="muted">–</span>;
  const { commits, pullRequests, added, removed } = outcome;
  return (
    <>
      {commits > 0 && <span class="pill ok">{commits === 1 ? '1 commit' : `${commits} commits`}</span>}{' '}
      {pullRequests > 0 && (
        <span class="pill ok">{pullRequests === 1 ? '1 pull request' : `${pullRequests} pull requests`}</span>
      )}
      {added + removed > 0 && (
        <div class="muted small number">
          +{added.toLocaleString('en-US')} −{removed.toLocaleString('en-US')} lines
        </div>
      )}
    </>
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

/** Input and output; a dash where neither is reported. */
function totalTokens({ input, output }: StackTokens): string {
  return formatValue(input === null && output === null ? null : (input ?? 0) + (output ?? 0), 'tokens');
}

function cacheShare(tokens: StackTokens): number | null {
  return tokens.cacheRead === null || tokens.input === null || tokens.input === 0
    ? null
    : tokens.cacheRead / tokens.input;
}
