import { escapeHtml } from '../../../template';
import { outlineOf } from '../../notify/outline';
import type { AlertOutline, MessageLink, MessageOutline } from '../../notify/outline';
import type { Notification } from '../../notify/notification';

const COLOURS: Readonly<Record<string, string>> = {
  critical: '#b3261e',
  warning: '#a15c00',
  info: '#1f5fa8',
  resolved: '#1d6b3a',
};

/** The subject of a built-in mail. */
export function subjectOf(notification: Notification): string {
  return outlineOf(notification).subject;
}

/** The text part of a built-in mail. */
export function textBody(notification: Notification): string {
  if (notification.document !== undefined) return `${notification.document.url}\n\n${notification.document.text}`;
  const outline = outlineOf(notification);
  const lines = [outline.subject, ''];
  for (const alert of [...outline.firing, ...outline.resolved]) lines.push(...textAlert(alert), '');
  if (outline.omitted > 0) lines.push(`… and ${outline.omitted} more.`, '');
  const { contributors, traces } = outline.evidence;
  if (contributors !== undefined && contributors.length > 0) {
    lines.push('Likeliest cause:', ...contributors.map(({ text }) => `  - ${text}`), '');
  }
  if (traces !== undefined && traces.length > 0) {
    lines.push('Traces:', ...traces.slice(0, 3).map(({ title, url }) => `  - ${title}: ${url}`), '');
  }
  lines.push(...outline.actions.map(({ text, url }) => `${text}: ${url}`));
  return `${lines.join('\n')}\n`;
}

function textAlert(alert: AlertOutline): string[] {
  return [
    `${alert.firing ? 'FIRING' : 'RESOLVED'} ${alert.title}${alert.severity === '' ? '' : ` (${alert.severity})`}`,
    ...(alert.summary === '' ? [] : [alert.summary]),
    ...(alert.description === '' ? [] : [alert.description]),
    alert.when,
    ...(alert.touches === '' ? [] : [`touches: ${alert.touches}`]),
    ...alert.links.map(({ text, url }) => `${text}: ${url}`),
  ];
}

/**
 * The HTML part of a built-in mail: one column, readable on a phone, dark text on light, no remote content.
 * @param chartId the content id of the inline chart, where there is one.
 */
export function htmlBody(notification: Notification, chartId: string | undefined): string {
  if (notification.document !== undefined) return notification.document.html;
  const outline = outlineOf(notification);
  const colour = COLOURS[outline.status === 'resolved' ? 'resolved' : outline.severity] ?? '#b3261e';
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(outline.subject)}</title></head>
<body style="margin:0;padding:0;background:#f3f4f6;color:#1b1f24;font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:640px;background:#ffffff;border-radius:8px;overflow:hidden;border:1px solid #d8dce1">
<tr><td style="background:${colour};color:#ffffff;padding:14px 18px;font-size:19px;font-weight:600">${escapeHtml(headline(outline))}</td></tr>
${[...outline.firing, ...outline.resolved].map(htmlAlert).join('\n')}
${outline.omitted > 0 ? row(`… and ${outline.omitted} more.`) : ''}
${chartId === undefined ? '' : row(chartHtml(outline, chartId))}
${evidenceHtml(outline)}
<tr><td style="padding:14px 18px 18px">${outline.actions.map((action, index) => button(action, index === 0 ? colour : '#4a5360')).join(' ')}</td></tr>
</table>
<p style="font-size:12px;color:#5b6470;margin:10px">Sent by Telltale to receiver ${escapeHtml(notification.receiver)}; ${escapeHtml(notification.reason)}.</p>
</td></tr></table></body></html>`;
}

function headline(outline: MessageOutline): string {
  return outline.subject;
}

function htmlAlert(alert: AlertOutline): string {
  const state = alert.firing ? '' : '<span style="color:#1d6b3a;font-weight:600">Resolved</span> ';
  return row(`<div style="font-weight:600">${state}${escapeHtml(alert.title)}${alert.severity === '' ? '' : ` <span style="font-weight:400;color:#5b6470">${escapeHtml(alert.severity)}</span>`}</div>
${alert.summary === '' ? '' : `<div style="font-size:17px">${escapeHtml(alert.summary)}</div>`}
${alert.description === '' ? '' : `<div>${escapeHtml(alert.description).replaceAll('\n', '<br>')}</div>`}
<div style="color:#5b6470">${escapeHtml(alert.when)}</div>
${alert.touches === '' ? '' : `<div style="color:#5b6470;word-break:break-word">${escapeHtml(alert.touches)}</div>`}
${alert.links.length === 0 ? '' : `<div>${alert.links.map(anchor).join(' · ')}</div>`}`);
}

function evidenceHtml(outline: MessageOutline): string {
  const { contributors = [], traces = [] } = outline.evidence;
  const cause =
    contributors.length === 0
      ? ''
      : row(`<div style="font-weight:600">Likeliest cause</div>${contributors.map(contributorHtml).join('')}`);
  const links =
    traces.length === 0
      ? ''
      : row(
          `<div style="font-weight:600">Traces</div>${traces
            .slice(0, 3)
            .map(({ title, url }) => `<div>${anchor({ text: title, url })}</div>`)
            .join('')}`,
        );
  return cause + links;
}

function contributorHtml({ text, share }: { text: string; share: number }): string {
  const width = Math.round(Math.min(1, Math.max(0, share)) * 100);
  return `<div>${escapeHtml(text)}</div><div style="background:#e6e9ed;border-radius:3px;height:6px"><div style="background:#4a6fa5;border-radius:3px;height:6px;width:${width}%"></div></div>`;
}

function chartHtml(outline: MessageOutline, chartId: string): string {
  const title = outline.evidence.chart?.title ?? 'the last hour';
  return `<div style="color:#5b6470;font-size:14px">${escapeHtml(title)}, the last hour</div><img src="cid:${chartId}" alt="${escapeHtml(title)} over the last hour" width="600" style="width:100%;height:auto;border:0">`;
}

function row(inner: string): string {
  return `<tr><td style="padding:12px 18px;border-bottom:1px solid #e6e9ed">${inner}</td></tr>`;
}

function anchor({ text, url }: MessageLink): string {
  return `<a href="${escapeHtml(url)}" style="color:#1f5fa8">${escapeHtml(text)}</a>`;
}

function button({ text, url }: MessageLink, colour: string): string {
  return `<a href="${escapeHtml(url)}" style="display:inline-block;background:${colour};color:#ffffff;text-decoration:none;padding:10px 16px;border-radius:6px;margin:4px 4px 0 0">${escapeHtml(text)}</a>`;
}
