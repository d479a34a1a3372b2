import type { TraceFactsBody } from '../../contracts/trace-search';
import { trace as fetchJaegerTrace } from '../api/jaeger';
import { formatSeconds, formatUsd } from '../lib/format';
import { hrefTo, setQuery } from '../lib/location';
import { BAR_MODES, COLOR_MODES } from '../lib/span-usage';
import { toOtlpJson } from '../lib/to-otlp';
import type { TraceViewState } from '../lib/trace-view-state';
import { CopyButton } from './copy-button';
import { Link } from './link';
import { Menu } from './menu';
import { Time } from './time';

export interface TraceHeaderProps {
  readonly facts: TraceFactsBody;
  readonly state: TraceViewState;
  /** Microseconds not spent on waiting for a person. */
  readonly active: number;
  /** How many spans the search found; undefined when nothing is searched. */
  readonly matches: number | undefined;
}

/** What the trace is, and the ways to look at it. */
export function TraceHeader({ facts, state, active, matches }: TraceHeaderProps) {
  return (
    <header class="stack-tight trace-header">
      <div class="row">
        <h2>{facts.name || '(no name)'}</h2>
        <span class="pill">
          {state.withoutWaits ? `${formatSeconds(active / 1e6)} without waits` : formatSeconds(facts.durationMs / 1000)}
        </span>
        <span class="pill">
          {facts.spanCount === 1 ? '1 span' : `${facts.spanCount.toLocaleString('en-US')} spans`}
        </span>
        {facts.tokens !== null && <span class="pill">{facts.tokens.toLocaleString('en-US')} tokens</span>}
        {facts.costUsd !== null && <span class="pill">{formatUsd(facts.costUsd)}</span>}
        {facts.errorCount > 0 && (
          <button
            class="pill error"
            type="button"
            title="Find them (e goes to the next)"
            onClick={() => window.dispatchEvent(new KeyboardEvent('keydown', { key: 'e' }))}
          >
            {facts.errorCount} failed
          </button>
        )}
        {facts.session !== '' && (
          <Link class="small" href={hrefTo(`/sessions/${encodeURIComponent(facts.session)}`)}>
            session
          </Link>
        )}
        <span class="muted small">
          <Time at={facts.start} />
        </span>
        <code class="muted small">{facts.traceId}</code>
      </div>
      <div class="row toolbar">
        <label class="row small">
          <span class="visually-hidden">Find spans</span>
          <input
            id="trace-find"
            type="search"
            placeholder="Find spans ( / )"
            value={state.find}
            onInput={(event) => setQuery({ find: event.currentTarget.value })}
            onKeyDown={(event) => {
              if (event.key === 'Enter') {
                event.currentTarget.blur();
                window.dispatchEvent(new KeyboardEvent('keydown', { key: 'n' }));
              }
            }}
          />
        </label>
        {matches !== undefined && (
          <span class="muted small" role="status">
            {matches} found
          </span>
        )}
        <span class="grow" />
        <Choice label="Colour" value={state.colorBy} options={COLOR_MODES} name="color" fallback={state.usualColor} />
        <Choice label="Bars" value={state.mode} options={BAR_MODES} name="bars" fallback="time" />
        {active < facts.durationMs * 1000 - 1 && (
          <Toggle
            label="Without waits"
            title="Takes the time that was spent waiting for a person out of the trace's duration"
            on={state.withoutWaits}
            change={{ waits: state.withoutWaits ? undefined : '0' }}
          />
        )}
        <Toggle
          label="Critical path"
          title="The spans that decided how long it took (c)"
          on={state.onlyPath}
          change={{ path: state.onlyPath ? undefined : '1' }}
        />
        <Toggle
          label="Fold repeats"
          title="Alike spans that follow each other become one row"
          on={state.fold}
          change={{ fold: state.fold ? '0' : undefined }}
        />
        <Menu label="Copy">
          <CopyButton label="As JSON" text={async () => JSON.stringify(await whole(facts.traceId), null, 2)} />
          <CopyButton label="As OTLP" text={async () => JSON.stringify(toOtlpJson(await whole(facts.traceId)))} />
          <CopyButton label="As curl" text={() => `curl '${window.location.origin}/api/v3/traces/${facts.traceId}'`} />
          <CopyButton label="Link" text={() => window.location.href} />
        </Menu>
      </div>
    </header>
  );
}

async function whole(traceId: string): Promise<NonNullable<Awaited<ReturnType<typeof fetchJaegerTrace>>>> {
  const found = await fetchJaegerTrace(traceId);
  if (found === undefined) throw new Error('the trace is no longer stored');
  return found;
}

function Choice({
  label,
  value,
  options,
  name,
  fallback,
}: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly string[];
  readonly name: string;
  readonly fallback: string;
}) {
  return (
    <label class="row small">
      {label}
      <select
        value={value}
        onChange={(event) =>
          setQuery({ [name]: event.currentTarget.value === fallback ? undefined : event.currentTarget.value })
        }
      >
        {options.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </label>
  );
}

function Toggle({
  label,
  title,
  on,
  change,
}: {
  readonly label: string;
  readonly title: string;
  readonly on: boolean;
  readonly change: Readonly<Record<string, string | undefined>>;
}) {
  return (
    <button class="button" type="button" title={title} aria-pressed={on} onClick={() => setQuery(change)}>
      {label}
    </button>
  );
}
