import type { EpochMillis } from '../../base/clock';
import { formatDuration } from '../../base/duration';
import { severityRank } from '../../domain/severity';
import { alertTitle, commonLabels, firingOf, resolvedOf } from './notification';
import type { Evidence, Notification, NotifiedAlert, NotifiedDocument } from './notification';

/** What a message says of one alert, in words. */
export interface AlertOutline {
  readonly title: string;
  readonly firing: boolean;
  readonly severity: string;
  /** What happened and how bad it is: the summary, or the description. */
  readonly summary: string;
  readonly description: string;
  /** `since 14:02 UTC, for 5m`, or `from 14:02 to 14:09 UTC (7m)`. */
  readonly when: string;
  /** The labels that tell this alert from the others of its group. */
  readonly touches: string;
  readonly links: readonly MessageLink[];
}

/** Something to press or follow. */
export interface MessageLink {
  readonly text: string;
  readonly url: string;
}

/** What a message says, before it is put into a provider's form. */
export interface MessageOutline {
  readonly status: 'firing' | 'resolved';
  /** The gravest severity among what fires, or among all. */
  readonly severity: string;
  readonly subject: string;
  readonly firing: readonly AlertOutline[];
  readonly resolved: readonly AlertOutline[];
  /** Alerts left out for size. */
  readonly omitted: number;
  readonly evidence: Evidence;
  /** The gist of a document, a sentence each; empty for alerts. */
  readonly paragraphs: readonly string[];
  /** Acknowledge, silence, see all. */
  readonly actions: readonly MessageLink[];
}

/** At most so many alerts are told one by one. */
const MAX_ALERTS = 10;
/** Labels that say who watched, not what is wrong. */
const DULL_LABELS = new Set(['alertname', 'severity', '__name__', 'prometheus', 'monitor']);

/** Puts a notification into words. */
export function outlineOf(notification: Notification, maxAlerts = MAX_ALERTS): MessageOutline {
  if (notification.document !== undefined) return outlineDocument(notification, notification.document);
  const firing = firingOf(notification);
  const resolved = resolvedOf(notification);
  const shownFiring = firing.slice(0, maxAlerts);
  const shownResolved = resolved.slice(0, Math.max(0, maxAlerts - shownFiring.length));
  const status = firing.length > 0 ? 'firing' : 'resolved';
  return {
    status,
    severity: gravest(firing.length > 0 ? firing : resolved),
    subject: subjectLine(notification, firing, resolved),
    firing: shownFiring.map((alert) => outlineAlert(alert, notification)),
    resolved: shownResolved.map((alert) => outlineAlert(alert, notification)),
    omitted: firing.length + resolved.length - shownFiring.length - shownResolved.length,
    evidence: notification.evidence ?? {},
    paragraphs: [],
    actions: actionsOf(notification, status),
  };
}

/** A document in the form of an alert that is over: nobody needs to hurry. */
function outlineDocument({ externalUrl }: Notification, { title, summary, url }: NotifiedDocument): MessageOutline {
  return {
    status: 'resolved',
    severity: '',
    subject: title,
    firing: [],
    resolved: [],
    omitted: 0,
    evidence: {},
    paragraphs: summary,
    actions: isUrl(externalUrl) && isUrl(url) ? [{ text: 'Read the report', url }] : [],
  };
}

/** `🔥 HighLatency: p95 of chat is 4.2 s (critical)`, for subjects and lock screens. */
function subjectLine(
  notification: Notification,
  firing: readonly NotifiedAlert[],
  resolved: readonly NotifiedAlert[],
): string {
  const test = notification.reason === 'test' ? '[TEST] ' : '';
  const lead = firing[0] ?? resolved[0];
  if (lead === undefined) return `${test}no alerts`;
  const all = firing.length > 0 ? firing : resolved;
  const names = [...new Set(all.map((alert) => alertTitle(alert.labels)))];
  const name = names.length <= 2 ? names.join(', ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
  const count = all.length > 1 ? ` ×${all.length}` : '';
  const summary = all.length === 1 ? (lead.annotations['summary'] ?? '') : groupText(notification);
  const state = firing.length > 0 ? `[${(gravest(firing) || 'firing').toUpperCase()}]` : '[RESOLVED]';
  const text = `${test}${state} ${name}${count}${summary === '' ? '' : `: ${summary}`}`;
  return text.length > 180 ? `${text.slice(0, 179)}…` : text.replace(/[\r\n]+/g, ' ');
}

function groupText(notification: Notification): string {
  return [...notification.groupLabels]
    .filter(([name]) => name !== 'alertname')
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function outlineAlert(alert: NotifiedAlert, notification: Notification): AlertOutline {
  const { annotations, labels } = alert;
  const summary = annotations['summary'] ?? annotations['message'] ?? annotations['title'] ?? '';
  const shared = notification.alerts.length > 1 ? commonLabels(notification.alerts) : undefined;
  const touches = [...labels]
    .filter(([name]) => !DULL_LABELS.has(name) && shared?.has(name) !== true)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
  const links: MessageLink[] = [];
  const runbook = annotations['runbook_url'] ?? annotations['runbook'];
  if (runbook !== undefined && isUrl(runbook)) links.push({ text: 'Runbook', url: runbook });
  const dashboard = annotations['dashboard_url'] ?? annotations['dashboard'];
  if (dashboard !== undefined && isUrl(dashboard)) links.push({ text: 'Dashboard', url: dashboard });
  if (isUrl(alert.generatorUrl)) links.push({ text: 'Query', url: alert.generatorUrl });
  return {
    title: alertTitle(labels),
    firing: alert.endsAt === undefined,
    severity: labels.get('severity'),
    summary: summary || (annotations['description'] ?? ''),
    description: summary === '' ? '' : (annotations['description'] ?? ''),
    when: whenText(alert, notification.at),
    touches,
    links,
  };
}

function whenText(alert: NotifiedAlert, at: EpochMillis): string {
  if (alert.endsAt === undefined)
    return `since ${clockText(alert.startsAt, at)}, for ${roughDuration(at - alert.startsAt)}`;
  return `from ${clockText(alert.startsAt, at)} to ${clockText(alert.endsAt, at)}, ${roughDuration(alert.endsAt - alert.startsAt)}`;
}

/** `14:02 UTC`, with the date where it is another day. */
function clockText(at: EpochMillis, now: EpochMillis): string {
  const text = new Date(at).toISOString();
  const sameDay = text.slice(0, 10) === new Date(now).toISOString().slice(0, 10);
  return `${sameDay ? '' : `${text.slice(0, 10)} `}${text.slice(11, 16)} UTC`;
}

/** To the two largest units: nobody reads `2h3m17s251ms` at night. */
export function roughDuration(span: number): string {
  const unit = span >= 86_400_000 ? 3_600_000 : span >= 3_600_000 ? 60_000 : span >= 1000 ? 1000 : 1;
  return formatDuration(Math.max(0, Math.floor(span / unit) * unit));
}

function gravest(alerts: readonly NotifiedAlert[]): string {
  let best = '';
  for (const { labels } of alerts) {
    const severity = labels.get('severity');
    if (severity !== '' && (best === '' || severityRank(severity) < severityRank(best))) best = severity;
  }
  return best;
}

function actionsOf(notification: Notification, status: 'firing' | 'resolved'): MessageLink[] {
  const base = notification.externalUrl.replace(/\/$/, '');
  if (!isUrl(base)) return [];
  const first = notification.alerts.find((alert) => alert.endsAt === undefined) ?? notification.alerts[0];
  const all = { text: 'See all', url: `${base}/#/alerts?receiver=${encodeURIComponent(notification.receiver)}` };
  if (status === 'resolved' || first === undefined) return [all];
  const matchers = [...(notification.groupLabels.size > 0 ? notification.groupLabels : first.labels)]
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',');
  return [
    { text: 'Acknowledge', url: `${base}/#/alerts/${first.labels.fingerprint}?do=ack` },
    { text: 'Silence', url: `${base}/#/silences/new?filter=${encodeURIComponent(`{${matchers}}`)}` },
    all,
  ];
}

function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text);
}

/** Cuts a text to a provider's limit, in code points, and says so by an ellipsis. */
export function truncate(text: string, max: number): string {
  const points = [...text];
  return points.length <= max ? text : `${points.slice(0, max - 1).join('')}…`;
}
