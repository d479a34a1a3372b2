import { outlineOf, truncate } from './outline';
import type { AlertOutline, MessageLink, MessageOutline } from './outline';
import type { Notification } from './notification';

/** How a provider writes emphasis and links. */
export interface Markup {
  bold(text: string): string;
  link(link: MessageLink): string;
  /** Makes text harmless in this markup. */
  escape(text: string): string;
}

/** No markup at all. */
export const plainMarkup: Markup = {
  bold: (text) => text,
  link: ({ text, url }) => `${text}: ${url}`,
  escape: (text) => text,
};

/** `**bold**` and `[text](url)`: Discord, Teams, Mattermost, ntfy, Webex. */
export const markdown: Markup = {
  bold: (text) => `**${text}**`,
  link: ({ text, url }) => `[${text}](${url})`,
  escape: (text) => text.replace(/[\\`*_~|]/g, '\\$&'),
};

/** Telegram's HTML. */
export const telegramHtml: Markup = {
  bold: (text) => `<b>${text}</b>`,
  link: ({ text, url }) => `<a href="${escapeXml(url)}">${escapeXml(text)}</a>`,
  escape: escapeXml,
};

/** Slack's mrkdwn. */
export const slackMarkup: Markup = {
  bold: (text) => `*${text}*`,
  link: ({ text, url }) => `<${url}|${text}>`,
  escape: (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
};

/** One line that says it all: for titles and lock screens. */
export function titleText(notification: Notification, max: number): string {
  return truncate(outlineOf(notification).subject, max);
}

/** The body of a message, at most `max` characters: whole alerts are left out before a text is cut. */
export function bodyText(notification: Notification, markup: Markup, max: number): string {
  for (const alerts of [10, 5, 3, 1]) {
    const text = render(outlineOf(notification, alerts), markup);
    if ([...text].length <= max) return text;
  }
  // Cut through markup and the provider refuses the message: without it the cut is harmless.
  return truncate(render(outlineOf(notification, 1), { ...plainMarkup, escape: markup.escape }), max);
}

function render(outline: MessageOutline, markup: Markup): string {
  const lines = [...outline.firing, ...outline.resolved].flatMap((alert, index) => [
    ...(index > 0 ? [''] : []),
    ...alertLines(alert, markup),
  ]);
  if (outline.omitted > 0) lines.push('', `… and ${outline.omitted} more`);
  lines.push(...outline.paragraphs.map((sentence) => markup.escape(sentence)));
  const { contributors = [], traces = [] } = outline.evidence;
  if (contributors.length > 0) {
    lines.push('', markup.bold('Likeliest cause'), ...contributors.map(({ text }) => `• ${markup.escape(text)}`));
  }
  if (traces.length > 0) lines.push('', traces.map(({ title, url }) => markup.link({ text: title, url })).join(' · '));
  if (outline.actions.length > 0) lines.push('', outline.actions.map((action) => markup.link(action)).join(' · '));
  return lines.join('\n');
}

function alertLines(alert: AlertOutline, markup: Markup): string[] {
  const state = alert.firing ? '🔥' : '✅';
  const severity = alert.severity === '' ? '' : ` (${markup.escape(alert.severity)})`;
  return [
    `${state} ${markup.bold(markup.escape(alert.title))}${severity}`,
    ...(alert.summary === '' ? [] : [markup.escape(alert.summary)]),
    ...(alert.description === '' ? [] : [markup.escape(alert.description)]),
    markup.escape(alert.when),
    ...(alert.touches === '' ? [] : [markup.escape(alert.touches)]),
    ...(alert.links.length === 0 ? [] : [alert.links.map((link) => markup.link(link)).join(' · ')]),
  ];
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
