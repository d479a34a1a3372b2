import { useState } from 'preact/hooks';
import { alertGroups, createSilence, expireSilence, ruleGroups, silences } from '../api/alerts';
import type { AlertGroup, Rule, Silence } from '../api/alerts';
import type { LabelSet } from '../api/prometheus';
import { AlertWhy } from '../components/alert-why';
import { SilenceForm } from '../components/alert-silence-form';
import { Link } from '../components/link';
import { QueryChart } from '../components/query-chart';
import { StateTimeline } from '../components/state-timeline';
import { formatAgo, formatSeconds, formatTime, formatValue } from '../lib/format';
import { hrefTo, setQuery, useLocation } from '../lib/location';
import { useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';

const TABS = ['rules', 'notifications', 'silences'] as const;

/** Rules with their state, what receivers get, and what is silenced. */
export default function Alerts() {
  const { query } = useLocation();
  const tab = query.get('tab') ?? 'rules';
  const alert = query.get('alert');
  const { refresh } = useTimeRange();
  return (
    <div class="stack">
      <div class="row" role="tablist">
        {TABS.map((name) => (
          <button
            key={name}
            class="button"
            type="button"
            role="tab"
            aria-selected={tab === name}
            onClick={() => setQuery({ tab: name === 'rules' ? undefined : name }, { push: true })}
          >
            {name[0]?.toUpperCase() + name.slice(1)}
          </button>
        ))}
      </div>
      {alert !== null && <AlertWhy key={alert} fingerprint={alert} chosen={query.get('do') ?? ''} />}
      {tab === 'notifications' ? (
        <Notifications />
      ) : tab === 'silences' ? (
        <>
          <SilenceForm key={query.get('matchers')} matchers={query.get('matchers') ?? ''} onDone={refresh} />
          <Silences />
        </>
      ) : (
        <Rules />
      )}
    </div>
  );
}

function Rules() {
  const { query } = useLocation();
  const { range } = useTimeRange();
  const chosen = query.get('rule') ?? '';
  const filter = query.get('filter') ?? '';
  const { value, error } = useFetched(`rules@${range.to}`, (signal) => ruleGroups(signal));
  if (error !== undefined) return <p class="notice error">{error}</p>;
  if (value === undefined) return <div class="loading" aria-busy="true" />;
  if (value.length === 0)
    return (
      <div class="empty">
        No rules are loaded. Name rule files with `rules.files` in telltale.yaml or `telltale serve --rules FILE`.
      </div>
    );
  return (
    <>
      <div class="row">
        <label class="field">
          <span class="visually-hidden">Filter</span>
          <input
            placeholder="Filter by name or state"
            value={filter}
            onChange={(event) => setQuery({ filter: event.currentTarget.value })}
          />
        </label>
      </div>
      {value.map((group) => {
        const rules = group.rules.filter(
          (rule) => filter === '' || `${rule.name} ${rule.state ?? ''}`.toLowerCase().includes(filter.toLowerCase()),
        );
        return rules.length === 0 ? null : (
          <section key={group.file + group.name} class="card">
            <header>
              <h3>{group.name}</h3>
              <span class="muted small">
                {group.file} · every {formatSeconds(group.interval)}
              </span>
            </header>
            <div class="scroll-x">
              <table class="rules-table">
                <tbody>
                  {rules.map((rule) => (
                    <RuleRow key={rule.name + rule.query} rule={rule} open={chosen === rule.name} now={range.to} />
                  ))}
                </tbody>
              </table>
            </div>
          </section>
        );
      })}
    </>
  );
}

function RuleRow({ rule, open, now }: { readonly rule: Rule; readonly open: boolean; readonly now: number }) {
  const state = rule.health === 'err' ? 'error' : (rule.state ?? 'recording');
  return (
    <>
      <tr class="clickable" aria-selected={open} onClick={() => setQuery({ rule: open ? undefined : rule.name })}>
        <td style={{ width: '110px' }}>
          <span class={`pill ${state}`}>{state}</span>
        </td>
        <td>
          <button class="linklike" type="button" aria-expanded={open}>
            {rule.name}
          </button>
          <div class="muted small">{rule.annotations?.['summary'] ?? ''}</div>
        </td>
        <td class="right">
          {rule.alerts === undefined || rule.alerts.length === 0 ? '' : `${rule.alerts.length} active`}
        </td>
        <td class="right muted small">{formatSeconds(rule.evaluationTime)} per evaluation</td>
      </tr>
      {open && (
        <tr>
          <td colSpan={4}>
            <RuleDetail rule={rule} now={now} />
          </td>
        </tr>
      )}
    </>
  );
}

function RuleDetail({ rule, now }: { readonly rule: Rule; readonly now: number }) {
  const [notice, setNotice] = useState('');
  const { left, threshold } = splitThreshold(rule.query);
  const silence = async (labels: LabelSet): Promise<void> => {
    try {
      await createSilence(labels, 3_600_000, 'web UI', 'Silenced for an hour from the alerts page');
      setNotice('Silenced for one hour.');
    } catch (error) {
      setNotice(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <div class="stack">
      {rule.lastError !== undefined && rule.lastError !== '' && <p class="notice error">{rule.lastError}</p>}
      <pre class="code">{ruleYaml(rule)}</pre>
      <QueryChart
        title={`Value of ${rule.name}`}
        queries={[{ expr: left }]}
        {...(threshold === undefined ? {} : { thresholds: [{ value: threshold, color: '#d55e00' }] })}
      />
      {rule.type === 'alerting' && <StateTimeline rule={rule.name} />}
      {notice !== '' && (
        <p class="notice" role="status">
          {notice}
        </p>
      )}
      {(rule.alerts ?? []).map((alert) => (
        <div key={JSON.stringify(alert.labels)} class="card stack-tight">
          <div class="row">
            <span class={`pill ${alert.state}`}>{alert.state}</span>
            <Labels labels={alert.labels} />
            <span class="grow" />
            <span class="muted small">since {formatAgo(Date.parse(alert.activeAt), now)}</span>
          </div>
          <p>{alert.annotations['description'] ?? alert.annotations['summary']}</p>
          <div class="row small">
            <span>
              value now <b class="number">{formatValue(Number(alert.value), 'none')}</b>
            </span>
            <span class="grow" />
            <WhyButton labels={alert.labels} />
            <Link class="button" href={hrefTo('/explore', { q: rule.query })}>
              Query
            </Link>
            <button class="button" type="button" onClick={() => void silence(alert.labels)}>
              Silence for 1h
            </button>
          </div>
        </div>
      ))}
    </div>
  );
}

/** Each stage that a notification passed or stopped at. */
function WhyButton({ labels }: { readonly labels: LabelSet }) {
  const [answer, setAnswer] = useState<string>();
  const [fingerprint, setFingerprint] = useState<string>();
  const ask = async (): Promise<void> => {
    try {
      const groups = await alertGroups();
      const found = groups
        .flatMap((group) => group.alerts)
        .find((alert) => Object.entries(labels).every(([name, value]) => alert.labels[name] === value));
      if (found === undefined)
        setAnswer('Alerting does not know this alert: it is pending, or was resolved a while ago.');
      else setFingerprint(found.fingerprint);
    } catch (error) {
      setAnswer(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <button class="button" type="button" onClick={() => void ask()}>
        Why (not) notified?
      </button>
      {answer !== undefined && (
        <p class="notice" role="status" style={{ flexBasis: '100%' }}>
          {answer}
        </p>
      )}
      {fingerprint !== undefined && <AlertWhy fingerprint={fingerprint} />}
    </>
  );
}

function Notifications() {
  const { range } = useTimeRange();
  const { value, error } = useFetched(`groups@${range.to}`, (signal) => alertGroups(signal));
  if (error !== undefined) return <p class="notice error">{error}</p>;
  if (value?.length === 0) return <div class="empty">No alert is active, so no receiver gets anything.</div>;
  return (
    <div class="stack">
      {(value ?? []).map((group: AlertGroup) => (
        <section key={group.receiver.name + JSON.stringify(group.labels)} class="card">
          <header>
            <h3>{group.receiver.name}</h3>
            <Labels labels={group.labels} />
          </header>
          <table>
            <tbody>
              {group.alerts.map((alert) => (
                <tr key={alert.fingerprint}>
                  <td>
                    <span class={`pill ${alert.status.state === 'suppressed' ? 'warning' : 'firing'}`}>
                      {alert.status.state}
                    </span>
                  </td>
                  <td>
                    <Labels labels={alert.labels} />
                    <div class="muted small">{alert.annotations['summary']}</div>
                  </td>
                  <td class="muted small">
                    {alert.status.silencedBy.length > 0
                      ? 'silenced'
                      : alert.status.inhibitedBy.length > 0
                        ? 'inhibited'
                        : ''}
                  </td>
                  <td class="right">{formatAgo(Date.parse(alert.startsAt), range.to)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ))}
    </div>
  );
}

function Silences() {
  const { range, refresh } = useTimeRange();
  const { value, error } = useFetched(`silences@${range.to}`, (signal) => silences(signal));
  if (error !== undefined) return <p class="notice error">{error}</p>;
  const list = (value ?? []).filter((silence: Silence) => silence.status.state !== 'expired');
  if (list.length === 0) return <div class="empty">Nothing is silenced.</div>;
  return (
    <section class="card scroll-x">
      <table>
        <thead>
          <tr>
            <th>State</th>
            <th>Matches</th>
            <th>By</th>
            <th>Ends</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {list.map((silence) => (
            <tr key={silence.id}>
              <td>
                <span class="pill active">{silence.status.state}</span>
              </td>
              <td>
                <div class="labels">
                  {silence.matchers.map((matcher) => (
                    <span
                      key={matcher.name}
                      class="label"
                    >{`${matcher.name}${matcher.isEqual ? (matcher.isRegex ? '=~' : '=') : matcher.isRegex ? '!~' : '!='}"${matcher.value}"`}</span>
                  ))}
                </div>
                <div class="muted small">{silence.comment}</div>
              </td>
              <td>{silence.createdBy}</td>
              <td>{formatTime(Date.parse(silence.endsAt))}</td>
              <td class="right">
                <button class="button" type="button" onClick={() => void expireSilence(silence.id).then(refresh)}>
                  Expire
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Labels({ labels }: { readonly labels: LabelSet }) {
  return (
    <div class="labels">
      {Object.entries(labels).map(([name, value]) => (
        <span key={name} class="label">{`${name}="${value}"`}</span>
      ))}
    </div>
  );
}

/** The rule as it stands in its file. */
export function ruleYaml(rule: Rule): string {
  const lines = [
    `- ${rule.type === 'recording' ? 'record' : 'alert'}: ${rule.name}`,
    `  expr: ${rule.query.includes('\n') ? `|\n    ${rule.query.trim().replaceAll('\n', '\n    ')}` : rule.query}`,
  ];
  if (rule.duration !== undefined && rule.duration > 0) lines.push(`  for: ${rule.duration}s`);
  if (rule.keepFiringFor !== undefined && rule.keepFiringFor > 0)
    lines.push(`  keep_firing_for: ${rule.keepFiringFor}s`);
  for (const [title, values] of [
    ['labels', rule.labels],
    ['annotations', rule.annotations],
  ] as const) {
    const entries = Object.entries(values ?? {});
    if (entries.length > 0)
      lines.push(`  ${title}:`, ...entries.map(([name, value]) => `    ${name}: ${JSON.stringify(value)}`));
  }
  return lines.join('\n');
}

/** `left > 0.5` as the part to draw and the threshold to draw it against, where the expression has that form. */
export function splitThreshold(expr: string): { left: string; threshold?: number } {
  const match = /^([\s\S]*\S)\s*(?:>=|<=|>|<|==|!=)\s*(-?[\d.]+(?:e[+-]?\d+)?)\s*$/.exec(expr);
  const left = match?.[1];
  if (left === undefined || / (?:and|or|unless) /.test(expr)) return { left: expr };
  return { left, threshold: Number(match?.[2]) };
}
