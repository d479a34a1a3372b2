import { useEffect, useRef } from 'preact/hooks';
import { ruleGroups } from '../api/rules';
import type { Rule, RuleGroup } from '../api/rules';
import type { AlertTabProps } from '../lib/alert-tab';
import { formatSeconds } from '../lib/format';
import { setQuery, useLocation } from '../lib/location';
import { useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';
import { RuleDetail } from './rule-detail';
import { Loading } from './loading';

const STATES = ['firing', 'pending', 'error', 'inactive', 'unknown', 'recording'] as const;

/** What an opened rule leaves in the URL. */
const CLOSED = {
  rule: undefined,
  line: undefined,
  view: undefined,
  days: undefined,
  threshold: undefined,
  for: undefined,
} as const;

/** All rules by group; one can be opened. */
export function RuleList({ turn, onDone }: AlertTabProps) {
  const { query } = useLocation();
  const { range } = useTimeRange();
  const chosen = query.get('rule') ?? '';
  const filter = query.get('filter') ?? '';
  const state = query.get('state') ?? '';
  const { value, error } = useFetched(`rules@${range.to}@${turn}`, (signal) => ruleGroups(signal));
  if (error !== undefined && value === undefined) return <p class="notice error">{error}</p>;
  if (value === undefined) return <Loading height={320} />;
  if (value.length === 0)
    return (
      <div class="empty">
        <p>
          No rules are loaded. Name rule files with <code>rules.files</code> in telltale.yaml or with{' '}
          <code>telltale serve --rules FILE</code>.
        </p>
      </div>
    );
  const counts = new Map<string, number>();
  for (const rule of value.flatMap((group) => group.rules))
    counts.set(stateOf(rule), (counts.get(stateOf(rule)) ?? 0) + 1);
  const groups = value
    .map((group) => ({
      ...group,
      rules: group.rules.filter(
        (rule) =>
          (state === '' || stateOf(rule) === state) &&
          (filter === '' ||
            `${rule.name} ${rule.explanation ?? ''} ${group.name}`.toLowerCase().includes(filter.toLowerCase())),
      ),
    }))
    .filter(({ rules }) => rules.length > 0)
    .sort((a, b) => urgencyOf(a) - urgencyOf(b));
  return (
    <>
      <div class="row">
        <label>
          <span class="visually-hidden">Filter</span>
          <input
            type="search"
            size={28}
            placeholder="Filter by name or words"
            value={filter}
            onInput={(event) => setQuery({ filter: event.currentTarget.value })}
          />
        </label>
        {STATES.filter((name) => counts.has(name)).map((name) => (
          <button
            key={name}
            class={`pill ${name}`}
            type="button"
            aria-pressed={state === name}
            onClick={() => setQuery({ state: state === name ? undefined : name })}
          >
            {counts.get(name)} {name}
          </button>
        ))}
      </div>
      {groups.length === 0 && (
        <div class="empty">
          <p>No rule passes the filter.</p>
          <button class="button" type="button" onClick={() => setQuery({ filter: undefined, state: undefined })}>
            Show all rules
          </button>
        </div>
      )}
      {groups.map((group) => (
        <section key={group.file + group.name} class="card">
          <header>
            <h3>{group.name}</h3>
            <span class="muted small" title={group.file}>
              {group.file.split('/').slice(-2).join('/')} · every {formatSeconds(group.interval / 1000)}
            </span>
          </header>
          <table class="rules-table">
            <tbody>
              {group.rules.map((rule) => (
                <RuleRow
                  key={rule.name + rule.line}
                  group={group}
                  rule={rule}
                  open={chosen === rule.name && (query.get('line') ?? String(rule.line)) === String(rule.line)}
                  now={range.to}
                  onDone={onDone}
                />
              ))}
            </tbody>
          </table>
        </section>
      ))}
    </>
  );
}

function RuleRow({
  group,
  rule,
  open,
  now,
  onDone,
}: {
  readonly group: RuleGroup;
  readonly rule: Rule;
  readonly open: boolean;
  readonly now: number;
  readonly onDone: () => void;
}) {
  const state = stateOf(rule);
  const active = rule.alerts?.length ?? 0;
  const toggle = (): void =>
    setQuery({ ...CLOSED, ...(open ? {} : { rule: rule.name, line: String(rule.line) }) }, { push: true });
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    // A link to a rule far down shows that rule.
    const box = row.current?.getBoundingClientRect();
    if (open && box !== undefined && (box.top < 60 || box.top > window.innerHeight - 120))
      row.current?.scrollIntoView({ block: 'start' });
  }, [open]);
  return (
    <>
      <tr class="clickable" ref={row} aria-selected={open} onClick={toggle}>
        <td>
          <span class={`pill ${state}`}>{state}</span>
        </td>
        <td>
          <button class="linklike" type="button" aria-expanded={open}>
            {rule.name}
          </button>{' '}
          <span class="muted small">{rule.explanation ?? ''}</span>
        </td>
        <td class="right small">{active === 0 ? '' : active === 1 ? '1 alert' : `${active} alerts`}</td>
      </tr>
      {open && (
        <tr class="opened">
          <td colSpan={3}>
            <RuleDetail group={group} rule={rule} now={now} onDone={onDone} />
          </td>
        </tr>
      )}
    </>
  );
}

function stateOf(rule: Rule): string {
  return rule.health === 'err' ? 'error' : (rule.state ?? 'recording');
}

/** Groups with something wrong come first; the others keep their order. */
function urgencyOf({ rules }: Pick<RuleGroup, 'rules'>): number {
  const ranks = rules.map((rule) => ['firing', 'error', 'pending'].indexOf(stateOf(rule))).filter((rank) => rank >= 0);
  return ranks.length === 0 ? 3 : Math.min(...ranks);
}
