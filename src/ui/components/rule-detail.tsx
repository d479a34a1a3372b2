import { useState } from 'preact/hooks';
import { alertGroups } from '../api/alerts';
import { ruleSource } from '../api/rules';
import type { Rule, RuleAlert, RuleGroup } from '../api/rules';
import { formatAgo, formatExact, formatSeconds, formatValue } from '../lib/format';
import { hrefTo, setQuery, useLocation } from '../lib/location';
import { matchersOf } from '../lib/matchers';
import { decisiveLines, thresholdNumber, unitOf } from '../lib/threshold';
import { useFetched } from '../lib/use-fetched';
import { AlertWhy } from './alert-why';
import { SilenceForm } from './alert-silence-form';
import { LabelList } from './label-set';
import { Link } from './link';
import { Loading } from './loading';
import { QueryChart } from './query-chart';
import { RuleBacktest } from './rule-backtest';
import { StateTimeline } from './state-timeline';

export interface RuleDetailProps {
  readonly group: RuleGroup;
  readonly rule: Rule;
  readonly now: number;
  readonly onDone: () => void;
}

/** A rule opened: why now, its value against the threshold, its lines, its past, and what another threshold had done. */
export function RuleDetail({ group, rule, now, onDone }: RuleDetailProps) {
  const { query } = useLocation();
  const view = query.get('view') ?? 'now';
  const views = rule.type === 'alerting' ? ['now', 'backtest', 'file'] : ['now', 'file'];
  const titles: Readonly<Record<string, string>> = { now: 'Now', backtest: 'Backtest', file: 'In its file' };
  const threshold = thresholdNumber(rule.threshold);
  return (
    <div class="stack">
      {rule.lastError !== undefined && rule.lastError !== '' && <p class="notice error">{rule.lastError}</p>}
      <div class="row">
        {views.map((name) => (
          <button
            key={name}
            class="button"
            type="button"
            aria-pressed={view === name}
            onClick={() => setQuery({ view: name === 'now' ? undefined : name })}
          >
            {titles[name]}
          </button>
        ))}
        <span class="grow" />
        <Annotation url={rule.annotations?.['runbook_url']} text="Runbook" />
        <Link class="small" href={hrefTo('/explore', { q: rule.query })}>
          query
        </Link>
      </div>
      {view === 'backtest' && rule.type === 'alerting' ? (
        <RuleBacktest group={group} rule={rule} />
      ) : view === 'file' ? (
        <RuleFile group={group} rule={rule} />
      ) : (
        <>
          {(rule.alerts ?? []).map((alert) => (
            <AlertCard key={JSON.stringify(alert.labels)} rule={rule} alert={alert} now={now} onDone={onDone} />
          ))}
          <QueryChart
            title={
              rule.threshold === undefined
                ? `Value of ${rule.name}`
                : `${rule.name}: value against ${rule.threshold.replace(/^[<>=!]+\s*/, '')}`
            }
            queries={[{ expr: rule.measured ?? rule.query }]}
            unit={unitOf(rule.threshold)}
            exemplars
            {...(threshold === undefined ? {} : { thresholds: [{ value: threshold, color: '#d55e00' }] })}
          />
          {rule.type === 'alerting' && <StateTimeline rule={rule.name} />}
        </>
      )}
    </div>
  );
}

/** A link of an annotation, as it stands in the rule or in its alert; only addresses of the web are followed. */
function Annotation({ url: written, text }: { readonly url: string | undefined; readonly text: string }) {
  // A rule's annotations are templates still: the stack's own address is known here, other values are not.
  const url = written?.replace(/\{\{\s*\$externalURL\s*\}\}/g, window.location.origin);
  if (url === undefined || !/^https?:\/\//.test(url) || url.includes('{{')) return null;
  return (
    <a class="small" href={url} rel="noreferrer" target="_blank">
      {text}
    </a>
  );
}

function AlertCard({
  rule,
  alert,
  now,
  onDone,
}: {
  readonly rule: Rule;
  readonly alert: RuleAlert;
  readonly now: number;
  readonly onDone: () => void;
}) {
  const [silencing, setSilencing] = useState(false);
  return (
    <div class={`card stack-tight alert-card ${alert.state}`}>
      <div class="row">
        <span class={`pill ${alert.state}`}>{alert.state}</span>
        <LabelList labels={alert.labels} without={['alertname']} />
        <span class="grow" />
        <span class="muted small" title={formatExact(alert.activeAt)}>
          since {formatAgo(alert.activeAt, now)}
        </span>
      </div>
      <p>{alert.annotations['description'] ?? alert.annotations['summary']}</p>
      <div class="row small">
        <span>
          {alert.state === 'pending' ? 'Holds' : 'Fires'} because the value is{' '}
          <b class="number">{formatValue(alert.value, unitOf(rule.threshold))}</b>
          {rule.threshold !== undefined && ` against ${rule.threshold.replace(/^[<>=!]+\s*/, '')}`}
          {alert.state === 'pending' &&
            rule.holdFor !== undefined &&
            `; it fires when it holds for ${formatSeconds(rule.holdFor / 1000)}`}
        </span>
        <span class="grow" />
        <Annotation url={alert.annotations['runbook_url']} text="Runbook" />
        <Annotation url={alert.annotations['dashboard_url']} text="Dashboard" />
        <WhyButton labels={alert.labels} />
        <Link class="button" href={hrefTo('/traces', evidenceOf(alert))} title="Traces that the labels point to">
          Traces
        </Link>
        <button class="button" type="button" aria-expanded={silencing} onClick={() => setSilencing(!silencing)}>
          Silence …
        </button>
      </div>
      {silencing && (
        <SilenceForm matchers={matchersOf(alert.labels)} comment={alert.annotations['summary'] ?? ''} onDone={onDone} />
      )}
    </div>
  );
}

/** Each stage that a notification passed or stopped at. */
function WhyButton({ labels }: { readonly labels: Readonly<Record<string, string>> }) {
  const [answer, setAnswer] = useState<string>();
  const [fingerprint, setFingerprint] = useState<string>();
  const ask = async (): Promise<void> => {
    try {
      const groups = await alertGroups();
      const found = groups
        .flatMap((group) => group.alerts)
        .find((alert) => Object.entries(labels).every(([name, value]) => alert.labels[name] === value));
      if (found === undefined)
        setAnswer('Alerting does not know this alert yet: it is pending, or was resolved a while ago.');
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
        <p class="notice why" role="status">
          {answer}
        </p>
      )}
      {fingerprint !== undefined && <AlertWhy fingerprint={fingerprint} onClose={() => setFingerprint(undefined)} />}
    </>
  );
}

/** The rule's lines as they are on disk; those that decide are marked. */
function RuleFile({ group, rule }: { readonly group: RuleGroup; readonly rule: Rule }) {
  const { value, error } = useFetched(`source:${group.file}:${rule.line}`, (signal) =>
    ruleSource({ group: group.name, rule: rule.name, file: group.file, line: rule.line }, signal),
  );
  if (error !== undefined) return <p class="notice error">{error}</p>;
  if (value === undefined) return <Loading />;
  const lines = value.text.split('\n');
  const decisive = decisiveLines(lines, rule.threshold);
  return (
    <section class="stack-tight">
      <p class="muted small mono">
        {value.file}:{value.line}
      </p>
      <pre class="code numbered" tabIndex={0}>
        {lines.map((line, index) => (
          <span key={index} class={decisive.has(index) ? 'decisive' : ''} data-line={value.line + index}>
            {line}
            {'\n'}
          </span>
        ))}
      </pre>
      <p class="muted small">The marked lines decide when it fires.</p>
      <details>
        <summary class="small">As PromQL</summary>
        <pre class="code wrap">{rule.query}</pre>
      </details>
    </section>
  );
}

/** Traces that an alert's labels point to. */
function evidenceOf({ labels, activeAt }: RuleAlert): Record<string, string> {
  const conditions = Object.entries(labels).flatMap(([name, value]) => {
    if (name === 'gen_ai_request_model' || name === 'model') return [`gen_ai.request.model=${value}`];
    if (name === 'stage') return [`telltale.stage=${value}`];
    if (name === 'tool' || name === 'gen_ai_tool_name') return [`gen_ai.tool.name=${value}`];
    return [];
  });
  return {
    ...(conditions.length === 0 ? {} : { q: conditions.join(' ') }),
    from: String(Math.round(activeAt - 300_000)),
    to: 'now',
  };
}
